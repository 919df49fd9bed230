"""Gravity resolved: what a cut must keep, what it should avoid, and why."""
