"""The arguments of a call by the names of the function's parameters, with its annotations applied."""

from __future__ import annotations

import inspect

from dsl.passes.ir.diagnostics import Error
from dsl.types import DType


def bind_arguments(function, args: tuple, kwargs: dict) -> dict:
    """Parameter names to values, annotations applied."""
    try:
        bound = inspect.signature(function).bind(*args, **kwargs)
    except TypeError as error:
        raise Error(f"{function.__name__}(): {error}") from None
    annotations = annotations_of(function)
    return {name: annotated(value, annotations.get(name), name) for name, value in bound.arguments.items()}


def annotations_of(function) -> dict:
    """The parameters' annotations; text (from __future__ import annotations) is evaluated where it can be."""
    found = {}
    for name, value in getattr(function, "__annotations__", {}).items():
        if isinstance(value, str):
            try:
                value = eval(value, function.__globals__)
            except Exception:
                continue
        found[name] = value
    return found


def annotated(value, annotation, name: str):
    """A Python number as the type its parameter is annotated with; the rest as it is, also a float where an int is
    annotated, which CPython does not convert."""
    if isinstance(value, bool | int | float) and not hasattr(value, "dtype"):
        if isinstance(annotation, DType):
            if annotation.kind != "float" and isinstance(value, float):
                raise Error(f"the argument {name} is annotated {annotation!r}, found the float {value!r}")
            return annotation.numpy(value)
        if annotation is float and not isinstance(value, bool):
            return float(value)
    return value
