output "name" {
  value = uper("web")
}
