SIGN = "."
