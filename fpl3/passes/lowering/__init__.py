"""Lowering: from the checked tree to IR, with a guard in front of everything that may fail."""
