SIGN = " !"
