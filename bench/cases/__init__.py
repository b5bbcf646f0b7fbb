"""One module a subject; each has a list CASES."""
