"""The one place that imports every file of the language.

They enter what they know in tables: statements and expressions (`engine.interpreter`), what each kind of value does
(`protocols`), calls of Python functions (`function_table`). Nothing else imports all of them, so that none of the files
need know which others there are.
"""

# ruff: noqa: F401

from __future__ import annotations

from .derivatives import transform_calls
from .engine import branches, calls, comprehensions, expressions, loop_statements, match_statements, statements
from .engine.interpreter import Interpreter
from .functions import (
    builtins,
    combinations,
    conversions,
    copying,
    iterators,
    memoized,
    numpy_choices,
    numpy_functions,
    numpy_joins,
    numpy_ranges,
    numpy_reductions,
)
from .kinds import (
    array_creation,
    container_methods,
    containers,
    deques,
    grids,
    growing_lists,
    hashed_dicts,
    mixed_numbers,
    numbers,
    pooled_lists,
    python_objects,
    structs,
    super_objects,
    text,
    unlike_values,
)


def interpreter(options: dict | None = None) -> Interpreter:
    """An interpreter that knows the whole language."""
    return Interpreter(options)
