"""What code in a sandbox sees of its host."""
