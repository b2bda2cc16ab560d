variable "servers" {
  type = list(object({ name = string, port = number }))

  validation {
    condition     = alltrue([for s in var.servers : s.port >= 1 && s.port <= 65535])
    error_message = "ports are 1 to 65535"
  }
}

output "all" {
  value = var.servers
}
