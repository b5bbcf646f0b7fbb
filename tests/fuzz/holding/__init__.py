"""Random programs about who holds what: they move arrays and structures about among their arguments, give them second
names, and change them.

`generator` writes a program, `dual` runs it in CPython with derivatives, `oracle` compares: the result, the arguments,
everything that was in them before, which of them are one thing, and the derivatives.

    python -m tests.fuzz.holding --seeds 0:1000 [--engine cpu]
"""
