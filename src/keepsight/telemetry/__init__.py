"""How the service says how it is: durations and logs."""
