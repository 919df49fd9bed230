"""How the service says how it is: metrics, logs, traces and durations."""
