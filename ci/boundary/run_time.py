"""Layer."""
RULES = []
