"""`keepsight check`: which of the addresses that a site uses today would render here."""
