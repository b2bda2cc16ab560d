#first
   //second
/* third */ locals { # behind a brace
a=1 # one
  long_name=2 // two
        # alone
 b = 3 /* three */
c = [ # list
1, # x
 22 , # y

 333 # z
] # end
}    # behind

behind = "${x # c
}" /* end */
