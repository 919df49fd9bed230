"""Measurements of Keepsight that are too slow for the tests."""
