HELLO = "Guten Tag"
