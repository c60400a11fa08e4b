"""What the passes work on: a structured program of typed nodes, its text form and its verifier."""
