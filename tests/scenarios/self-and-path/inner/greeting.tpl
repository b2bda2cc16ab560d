%{ if name != "" }<${name}>%{ endif ~}
