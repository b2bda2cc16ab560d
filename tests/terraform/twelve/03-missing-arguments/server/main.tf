variable "name" {
  description = "How the server is called"
  type        = string
}

variable "port" {
  description = "Where it listens"
  type        = number
}

output "id" {
  value = "${var.name}:${var.port}"
}
