"""Eleven problems after the definitions of GradBench (github.com/gradbench/gradbench), written as a user
of Python would: plain functions with loops over arrays, at moderate sizes of our own.

`programs.py` and `hand.py` hold them, `derivatives.py` what is asked of them, `inputs.py` the data, `peers.py` the same
in JAX; bench/cases/gradbench.py measures them.
"""
