"""Fuzzing without end: `make fuzz`, or `python -m tests.fuzz --seconds N`."""
