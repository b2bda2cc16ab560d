output "name" {
  value = upper("web", "db")
}
