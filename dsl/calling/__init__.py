"""How Python calls a compiled function: arguments and results as flat leaves, signatures, guards. Needs no compiler."""
