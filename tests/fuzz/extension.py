"""Where a language feature plugs into the generator, besides its productions.

HEADS     what is written before the functions of a program (class definitions, imports)
KINDS_OF  kinds of values besides float, int and bool, that helpers may take
SOURCES   (generator, kind) -> texts that read as that kind: fields of structs in scope
PLACES    (generator, kind) -> texts of that kind that an augmented assignment may update
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Head:
    feature: str
    imports: str
    write: Callable  # (generator)


HEADS: list[Head] = []
KINDS_OF: dict[str, tuple[str, ...]] = {}
SOURCES: list[Callable] = []
PLACES: list[Callable] = []
STATIC = {"scalar"}  # features whose functions are called like helpers


def head(feature: str, imports: str = ""):
    def register(write):
        HEADS.append(Head(feature, imports, write))
        return write

    return register
