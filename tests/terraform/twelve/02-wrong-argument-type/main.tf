variable "replicas" {
  type    = number
  default = "3"
}

output "replicas" {
  value = var.replicas
}
