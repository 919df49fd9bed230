"""Soak: mixed load for a long time, and whether anything grows."""
