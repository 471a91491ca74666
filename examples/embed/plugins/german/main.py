from generated.contracts import SIGN
import words


def greet(who):
    return f"{words.HELLO}, {who}{SIGN}"
