"""Language features beyond scalars, each a module of productions under its own name."""

from tests.fuzz.features import arrays, closures, derivatives, generators, matches, recursion, sequences, structs, tries  # noqa: F401
