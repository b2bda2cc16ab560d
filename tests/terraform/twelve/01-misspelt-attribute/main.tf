resource "terraform_data" "web" {
  inputt = "v1"
}
