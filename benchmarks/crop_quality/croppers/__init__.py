"""The candidates of the examination, one file each."""
