locals {
  tags = {
    owner = "core"
}

output "tags" {
  value = local.tags
}
