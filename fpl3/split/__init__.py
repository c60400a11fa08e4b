"""Programs over a tree of nodes: cut, carry, place."""
