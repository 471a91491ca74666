"""A program that ends by an exception nobody catches."""
# exit: 7
import atexit

atexit.register(lambda: open("at the end", "w", encoding="utf-8").close())
raise SystemExit(7)
