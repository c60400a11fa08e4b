"""External functions that come with the framework, one folder each: C, declaration, Python twin."""
