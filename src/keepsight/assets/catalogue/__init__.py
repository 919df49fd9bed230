"""The catalogue: what is known of every uploaded asset, in SQLite or PostgreSQL."""
