"""Side-by-side measurements: `python -m bench [NAME ...] [--json FILE]`.

A case is a module of bench/cases with a dictionary SYSTEMS from a system's name to a function that prepares it and
returns what is to be timed. Each system lives in a process of its own, all pinned to the same cores; they run in turn,
round after round, so that a slow minute of the machine falls on all of them. What they return is compared before any
time is reported.
"""
