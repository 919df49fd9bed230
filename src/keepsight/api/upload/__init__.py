"""The Upload API: bringing pictures in, and changing what is said of them."""
