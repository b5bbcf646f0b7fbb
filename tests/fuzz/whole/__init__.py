"""Random programs of ints that come near 64 bits, and beyond.

    python -m tests.fuzz.whole --seeds 0:1000

CPython, whose ints have no end, runs the same program with every operation watched: where none leaves 64 bits the
kernel gives the same, where one does the kernel raises OverflowError, or, where nothing depends on that one, gives what
CPython does. A program is determined by its seed.
"""
