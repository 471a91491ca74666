HELLO = "Bonjour"
