"""What `keepsight models` does: fetch weights, list, measure and check them."""
