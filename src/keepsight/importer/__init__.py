"""`keepsight import`: a cloud, read through the Admin API, into the catalogue and the store of the settings."""
