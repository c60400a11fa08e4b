"""The PC target: C for Linux user space, compiled by gcc, loaded by the node engine."""
