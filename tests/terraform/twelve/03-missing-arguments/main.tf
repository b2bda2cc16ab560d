module "server" {
  source = "./server"
}

output "id" {
  value = module.server.id
}
