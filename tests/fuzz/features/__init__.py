"""Language features beyond scalars, each a module of productions under its own name."""

from tests.fuzz.features import (  # noqa: F401
    arrays,
    choices,
    closures,
    derivatives,
    generators,
    growing,
    matches,
    recursion,
    sequences,
    structs,
    tries,
)
