"""What plugs into the framework, each found by entry point: targets and external functions."""
