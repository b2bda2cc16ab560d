module "a" {
      settings = merge({
  a = 1
 }, {
b = [ {
   c = 2
 } ]
}, jsonencode(
  [1]
      ))
  policy = <<-EOT
          {
     "a": ${ jsonencode({
   x = 1
        }) }
          }
  EOT
x = (
 1
   + 2)


  dynamic "y" { 
 for_each=var.y
  content{
 name=y.key
       }
    }
}

h = {
k = [[]
, f(["" [{ a = x }]]...) < (e([for k in x : <<EOT
${
x}%{for x in y}%{endfor}
EOT
], f(r, "")))]
}
