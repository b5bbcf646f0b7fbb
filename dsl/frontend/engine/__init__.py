"""The abstract interpreter: statements, expressions, calls, branches, loops."""
