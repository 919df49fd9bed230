"""The Search API: its expression language, and what a search may ask for."""
