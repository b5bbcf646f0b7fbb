"""Python arguments and results as flat lists of leaves, and back.

A `Tree` is the shape of a value without its leaves. It writes two Python functions, one that takes arguments apart
and one that puts results together, so that a call costs little more than the attribute accesses themselves.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from dsl import types
from dsl.passes.ir.diagnostics import Error
from dsl.types import ArrayType, DType

LEAF, STATIC, TUPLE, LIST, DICT, STRUCT, ONE_OF = "leaf", "static", "tuple", "list", "dict", "struct", "one of"
GROWN = "grown"  # a result: a list whose length is known only at run time
ROWS = "rows"  # a result: a list of lists of equal length, of which there are as many as is known only at run time
RAGGED = "ragged"  # a result: a list of lists of their own lengths, of which there are as many as is known at run time
SHARED, UNSHARED, FREE = "shared", "unshared", "free"

# The length of an array of which it is known only at run time.
GROWING = -1


@dataclass(frozen=True)
class Leaf:
    """One scalar or array that crosses the boundary. `path` is how Python reaches it, such as `p.x[0]`."""

    dtype: DType
    weak: bool
    shape: tuple[int, ...] | None
    path: str

    @property
    def is_array(self) -> bool:
        return self.shape is not None


@dataclass(frozen=True, eq=False)
class Tree:
    """`kind` says what a node is; `data` is the leaf, the known object, the dict's keys or the class.
    Of ONE_OF the first child is an int, and the value is the child of which it is the name.
    `sharing` says what else may be, or overlap, this array or mutable object: SHARED any argument that is SHARED too,
    UNSHARED none, FREE anything at all.

    A GROWN list has two children, its length and an item; its leaves are the length, and an array for each leaf of an
    item. ROWS have three: how many lists there are, their length, and a GROWN list of the items of all.
    RAGGED ones have two: a GROWN list of their lengths, and a list of the items of all."""

    kind: str
    data: Any = None
    children: tuple[Tree, ...] = ()
    names: tuple = ()
    sharing: str = SHARED

    def leaves(self) -> list[Leaf]:
        if self.kind == LEAF:
            return [self.data]
        if self.kind == GROWN:
            length, item = self.children
            return [length.data, *(dataclasses.replace(leaf, shape=(GROWING,)) for leaf in item.leaves())]
        return [leaf for child in self.children for leaf in child.leaves()]

    def flattener(self):
        """A function from a value of this shape to the list of its leaves."""
        expressions: list[str] = []
        namespace: dict[str, Any] = {}
        self._read("x", expressions, namespace)
        return _define(f"def flatten(x): return [{', '.join(expressions)}]", namespace, "flatten")

    def _read(self, access: str, expressions: list[str], namespace: dict) -> None:
        if self.kind == LEAF:
            expressions.append(access)
        for k, child in enumerate(self.children):
            child._read(access + self.step(k, namespace), expressions, namespace)

    def step(self, k: int, namespace: dict) -> str:
        """Python text that leads from a value of this shape to its k-th part, behind what means the value."""
        name = self.names[k]
        if self.kind == DICT and not isinstance(name, str | int | bool):
            namespace[f"k{len(namespace)}"] = name
            return f"[k{len(namespace) - 1}]"
        return f".{name}" if self.kind == STRUCT else f"[{name!r}]"

    def access(self, value: str, path: tuple[int, ...], namespace: dict) -> str:
        """Python text for the part of `value` at the end of a path."""
        return value if not path else self.children[path[0]].access(
            value + self.step(path[0], namespace), path[1:], namespace)

    def at(self, path: tuple[int, ...]) -> Tree:
        return self if not path else self.children[path[0]].at(path[1:])

    def unflattener(self):
        """A function from the leaves, in order, to a value of this shape. Scalar leaves come as Python numbers."""
        namespace: dict[str, Any] = {}
        expression = self._build(namespace, (f"v[{k}]" for k in range(len(self.leaves()))))
        return _define(f"def unflatten(v): return {expression}", namespace, "unflatten")

    def _build(self, namespace: dict, accesses: Iterator[str]) -> str:
        if self.kind == LEAF:
            return _convert(self.data, next(accesses), namespace)
        if self.kind == STATIC:
            return _name(namespace, self.data)
        if self.kind == GROWN:
            length, item = next(accesses), self.children[1]
            columns = [next(accesses) for _ in item.leaves()]
            names = [f"e{k}" for k in range(len(columns))]
            one = item._build(namespace, iter(names))
            numbers = ", ".join(f"{column}[:{length}].tolist()" for column in columns)
            return f"[{one} for {', '.join(names)}, in zip({numbers})]"
        parts = [child._build(namespace, accesses) for child in self.children]
        if self.kind == ROWS:
            return f"{_name(namespace, in_rows)}({', '.join(parts)})"
        if self.kind == RAGGED:
            return f"{_name(namespace, in_lists)}({', '.join(parts)})"
        if self.kind == ONE_OF:
            choices = [f"{part} if {parts[0]} == {name}" for part, name in zip(parts[1:-1], self.names[1:-1])]
            return f"({' else '.join([*choices, parts[-1]])})"
        if self.kind == TUPLE:
            return f"({''.join(part + ', ' for part in parts)})"
        if self.kind == LIST:
            return f"[{', '.join(parts)}]"
        if self.kind == DICT:
            return f"{{{', '.join(f'{_name(namespace, key)}: {part}' for key, part in zip(self.names, parts))}}}"
        if issubclass(self.data, tuple):
            return f"{_name(namespace, self.data)}({', '.join(parts)})"
        fields = ", ".join(f"{name}={part}" for name, part in zip(self.names, parts))
        return f"{_name(namespace, with_fields)}({_name(namespace, self.data)}, {fields})"


@dataclass(frozen=True)
class Rebound:
    """A slot that holds something else now. `path` leads to it, by the numbers of the children from the tree of the
    arguments down. It holds a new `tree` of the results from `first` on, one for all slots with the same; or what was
    at one of the paths `choices`, of several that whose number is the result `first`."""

    path: tuple[int, ...]
    choices: tuple[tuple[int, ...], ...] = ()
    tree: Tree | None = None
    first: int = 0


def in_rows(count: int, width: int, items: list) -> list[list]:
    return [items[k * width : (k + 1) * width] for k in range(count)]


def in_lists(lengths: list[int], items: list) -> list[list]:
    rest = iter(items)
    return [[next(rest) for _ in range(length)] for length in lengths]


def with_fields(cls: type, /, **fields):
    """An instance with these fields; `__post_init__` has run in the kernel already."""
    made = object.__new__(cls)
    for name, value in fields.items():
        object.__setattr__(made, name, value)
    return made


def _name(namespace: dict, value) -> str:
    name = f"o{len(namespace)}"
    namespace[name] = value
    return name


def _convert(leaf: Leaf, access: str, namespace: dict) -> str:
    if leaf.is_array or leaf.weak:
        return access
    return f"{_name(namespace, leaf.dtype.numpy)}({access})"


def _define(text: str, namespace: dict, name: str):
    exec(text, namespace)
    return namespace[name]


def is_struct(value) -> bool:
    return dataclasses.is_dataclass(value) or is_named_tuple(value)


def is_named_tuple(value) -> bool:
    cls = value if isinstance(value, type) else type(value)
    return issubclass(cls, tuple) and hasattr(cls, "_fields")


def field_names(cls: type) -> tuple[str, ...]:
    if is_named_tuple(cls):
        return tuple(cls._fields)
    return tuple(f.name for f in dataclasses.fields(cls))


def tree_of(value, path: str) -> Tree:
    """The shape of an argument: an example value, or types in the places of values."""
    leaf = leaf_of(value, path)
    if leaf is not None:
        return Tree(LEAF, leaf)
    if is_named_tuple(value):
        names = value._fields
        return Tree(STRUCT, type(value), tuple(tree_of(v, f"{path}.{n}") for n, v in zip(names, value)), names)
    if isinstance(value, tuple | list):
        children = tuple(tree_of(v, f"{path}[{k}]") for k, v in enumerate(value))
        return Tree(TUPLE if isinstance(value, tuple) else LIST, None, children, tuple(range(len(value))))
    if isinstance(value, dict):
        children = tuple(tree_of(v, f"{path}[{k!r}]") for k, v in value.items())
        return Tree(DICT, None, children, tuple(value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = field_names(type(value))
        children = tuple(tree_of(getattr(value, n), f"{path}.{n}") for n in names)
        return Tree(STRUCT, type(value), children, names)
    return Tree(STATIC, value)


def leaf_of(value, path: str) -> Leaf | None:
    """The leaf that a number, an array or a type stands for; None for anything else."""
    if isinstance(value, bool | int | float) and not isinstance(value, np.generic):
        return Leaf(types.of_python(value), True, None, path)
    if isinstance(value, DType):
        return Leaf(value, False, None, path)
    if isinstance(value, type) and value in (bool, int, float):
        return leaf_of(value(), path)
    if isinstance(value, ArrayType):
        return Leaf(value.dtype, False, value.shape, path)
    dtype = getattr(value, "dtype", None)
    if isinstance(value, np.generic):
        return Leaf(element_type(value, path), False, None, path)
    if dtype is not None and hasattr(value, "shape") and not is_float0(value):
        return Leaf(element_type(value, path), False, tuple(value.shape), path)
    return None


def is_float0(value) -> bool:
    """Whether a value is an array without contents, as JAX has them for the derivatives of integers."""
    names = getattr(getattr(value, "dtype", None), "names", None)
    return names == ("float0",)


def element_type(value, path: str) -> DType:
    if isinstance(value, np.ma.MaskedArray):
        raise Error(f"the argument {path} is a masked array, whose mask a kernel would not see\n"
                    "help: pass value.filled(...), or its data and its mask as two arrays")
    try:
        found = types.of_numpy(np.dtype(value.dtype))
    except TypeError:
        found = None
    if found is None:
        raise Error(f"the argument {path} has elements of type {value.dtype}, which is not in the language\n"
                    f"help: convert it to one of {types.NAMES}")
    return found
