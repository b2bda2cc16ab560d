//! Providers that need no other side: `terraform_data`, `null_resource`, `random_*`.
