locals {
  alias = null
}

output "name" {
  value = upper(local.alias)
}
