"""The rules of the boundary, one module per layer."""
