"""Planned runs: what is missing is trained and tested, what is there is rendered."""
