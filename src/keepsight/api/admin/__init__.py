"""The Admin API: looking through the catalogue and changing it."""
