resource  foo   "bar"   {
a=1
  bbb = [1,2,  3]   # c
      cc= {x=1,y = 2}//d
  d = "${var.x}"
  e = "${var.x}-${var.y}"
  f = "${
    foo
  }"
  g = "${ cond
     ? a
   : b }"
  h = -1
  i = a -1
  j = !  x
  k = a  . b[ 0 ] . c
  l = foo (1 , 2 ... )
  m = [for x in[1,2]:x if x>1]
  n = {for k,v in m:k=>v...}
  heredoc = <<-EOT
      hello ${ x }
        there
     EOT
  o = <<EOT
${x}
EOT
  p = { a = 1
    b = 2 }
  q = [
  1,
      2 , # c
    3
  ]
  r = foo({
   a = 1,
     bcd = 2
  })
  s = a?b:c
  t = "${~ x ~}"
  u = /* c */ 1
  nested{
  x=1
   }
  one{a=1}
  empty{  }
  v = (a +
   b)
  w = a == - 1
  x = a[*].b.*.c
  y = "%{ if x }a%{else}b%{endif}"
  z = "${ {a=1} }"
}
variable "v" {
  type = "list"
}
variable "w" {
  type = map
  default     = {}
}
/* block
   comment */
foo = 1 # é
barbaz = "é" # x
   # lone
a = ns::f( 1 )
