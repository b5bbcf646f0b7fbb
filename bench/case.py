"""What a case is, and which peers are there."""

import importlib.util
import pkgutil
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module

import bench.cases

NEEDS = {"jax": "jax", "torch": "torch", "numba": "numba", "C": None, "numpy": "numpy"}  # system's first word -> module


@dataclass(frozen=True)
class Case:
    """One line of comparison.

    systems: name -> function that prepares the system and returns the call to time; the call returns numbers
    tolerance: largest relative difference from the first system that counts as the same numbers
    rows: where a case measures something other than time, it makes its rows itself
    """

    name: str
    about: str
    systems: dict[str, Callable] = field(default_factory=dict)
    tolerance: float = 1e-9
    rows: Callable | None = None
    notes: dict[str, str] = field(default_factory=dict)


def cases() -> dict[str, Case]:
    """All cases by name, in the order of their modules."""
    found = {}
    for module in pkgutil.iter_modules(bench.cases.__path__):
        for case in import_module(f"bench.cases.{module.name}").CASES:
            found[case.name] = case
    return found


def missing(system: str) -> str | None:
    """Why a system cannot run here."""
    kind = system.split()[0]
    if kind == "C":
        return None if shutil.which("gcc") else "gcc is not installed"
    module = NEEDS.get(kind)
    if module and importlib.util.find_spec(module) is None:
        return f"{module} is not installed"
    return None
