"""Originals: where the pictures come from."""
