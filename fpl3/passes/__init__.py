"""The passes: one module each, listed in pipeline.py."""
