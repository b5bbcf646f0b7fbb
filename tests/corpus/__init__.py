"""Textbook routines in plain Python, written from their definitions, to be run as kernels unchanged.

Each module ends with ROUTINES. A routine is run by CPython and as a kernel on the same arguments and compared; where
it has a smooth part, a scalar objective of it is differentiated and compared with differences in 60-digit arithmetic.
The modules know nothing of `dsl`.
"""

import copy
import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

# Modules of this package that hold routines.
HELPERS = {"precise"}


@dataclass(frozen=True)
class Routine:
    function: Callable
    args: tuple
    objective: Callable | None = None  # scalar function of the same arguments; None: the function itself
    wrt: tuple[int, ...] = ()  # positions of the arguments to differentiate to; empty: integers, nothing to do

    @property
    def name(self) -> str:
        return f"{self.function.__module__.rpartition('.')[2]}.{self.function.__name__}"

    @property
    def differentiated(self) -> Callable:
        return self.objective or self.function

    def fresh(self) -> tuple:
        """The arguments, copied: routines may write into them."""
        return copy.deepcopy(self.args)


def routines() -> list[Routine]:
    found = []
    for module in pkgutil.iter_modules(__path__):
        if module.name not in HELPERS and not module.name.startswith("test_"):
            found += importlib.import_module(f"{__name__}.{module.name}").ROUTINES
    return found
