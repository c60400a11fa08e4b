"""Shared pieces of the C back-ends: expressions by precedence, a line writer, constants and types."""
