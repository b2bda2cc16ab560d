module "server" {
  source = "./server"

  servers = [{ name = "web", port = 80 }, { name = "db", port = 99999 }]
}

output "servers" {
  value = module.server.all
}
