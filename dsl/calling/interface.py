"""How Python calls a compiled program, as plain data: it travels in the artifact's header as JSON.

A class of the user's does not travel. A result that was a dataclass or a NamedTuple comes back as a class made here, of
the same name with the same fields; an argument may be any object that has the attributes.
"""

from __future__ import annotations

import collections
import dataclasses
import functools
import keyword
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dsl import types
from dsl.passes.ir.diagnostics import Error

from .trees import (
    DICT,
    DROPPED,
    FREE,
    GROWN,
    LEAF,
    LIST,
    ONE_OF,
    RAGGED,
    ROWS,
    SHARED,
    STATIC,
    STRUCT,
    TUPLE,
    UNSHARED,
    Leaf,
    Rebound,
    Tree,
)

_PARTS = {GROWN: 2, ROWS: 3}  # a length first
_SHARING = {kind: kind for kind in (SHARED, UNSHARED, FREE)}


@dataclass
class Interface:
    """The arguments (`in_tree` is a tuple of them, called `parameters`), the results, and which argument leaves the
    program changes: `mutated[leaf]` is the number of the result that holds its new contents.

    `rebound` are slots of the arguments that hold another object then.
    `specialized` are the leaves whose values it was compiled for; it checks them itself. `guards` are values
    around the function that it was compiled with; a file does not keep them, its code being what it is."""

    name: str
    parameters: tuple[str, ...]
    in_tree: Tree
    out_tree: Tree
    mutated: dict[int, int]
    rebound: list[Rebound] = field(default_factory=list)
    specialized: dict[int, int] = field(default_factory=dict)
    guards: list[tuple] = field(default_factory=list)

    def to_json(self, number_of: Callable[[Any], int | None] | None = None) -> dict:
        """Raises dsl.Error for what only this process knows, such as a function among the results.

        number_of: numbers of objects and classes for a reader that knows them too; it gets the very same ones."""
        encoder = _Encoder(number_of)
        return {
            "name": self.name,
            "parameters": list(self.parameters),
            "in": encoder.tree(self.in_tree),
            "out": encoder.tree(self.out_tree),
            "mutated": sorted(self.mutated.items()),
            "rebound": [encoder.rebound(rebound) for rebound in self.rebound],
        }

    @classmethod
    def from_json(cls, data: dict, objects: Sequence[Any] = ()) -> Interface:
        """The inverse of `to_json`; `objects` are those that have numbers. Raises ValueError, KeyError, IndexError or
        TypeError where `data` is none of its making."""
        decoder = _Decoder(objects)
        trees = decoder.tree(data["in"]), decoder.tree(data["out"])
        mutated = {int(k): int(v) for k, v in data["mutated"]}
        rebound = list(map(decoder.rebound, data["rebound"]))
        return cls(str(data["name"]), tuple(map(str, data["parameters"])), *trees, mutated, rebound)

    def updater(self) -> Callable[[tuple, list], None] | None:
        """A function that writes new contents, found among the results, into the arguments; None if none change."""
        if not (self.mutated or self.rebound):
            return None
        places: list[str] = []
        namespace: dict[str, Any] = {"copyto": np.copyto}
        self.in_tree._read("x", places, namespace)
        lines = ["def update(x, v):"]
        # found before anything moves
        for j, rebound in enumerate(self.rebound):
            lines.append(f"    o{j} = {self.in_tree.access('x', rebound.path[:-1], namespace)}")
            if rebound.choices:
                choices = [self.in_tree.access("x", path, namespace) for path in rebound.choices]
                which = f"[v[{rebound.first}]]" if len(choices) > 1 else "[0]"
                lines.append(f"    n{j} = ({', '.join(choices)},){which}")
        for k, number in self.mutated.items():
            leaf, value = self.in_leaves[k], f"v[{number}]"
            if leaf.shape is not None:
                lines.append(f"    if {value} is not {places[k]}: copyto({places[k]}, {value})")
            elif leaf.weak:
                lines.append(f"    {places[k]} = {value}")
            else:
                namespace[f"t{k}"] = leaf.dtype.numpy
                lines.append(f"    {places[k]} = t{k}({value})")
        made: dict[int, int] = {}
        for j, rebound in enumerate(self.rebound):
            if rebound.tree is not None and rebound.tree.leaves() and made.setdefault(rebound.first, j) < j:
                lines.append(f"    n{j} = n{made[rebound.first]}")
            elif rebound.tree is not None:
                namespace[f"make{j}"] = rebound.tree.unflattener()
                lines.append(f"    n{j} = make{j}(v[{rebound.first}:])")
            owner = self.in_tree.at(rebound.path[:-1])
            lines.append(f"    o{j}{owner.step(rebound.path[-1], namespace)} = n{j}")
        exec("\n".join(lines), namespace)
        return namespace["update"]

    @functools.cached_property
    def in_leaves(self) -> list[Leaf]:
        return self.in_tree.leaves()

    @property
    def plain(self) -> bool:
        """Whether the arguments of a call are the leaves themselves, all of them scalars."""
        own = all(child.kind == LEAF for child in self.in_tree.children) and not (self.mutated or self.rebound)
        return own and all(leaf.shape is None for leaf in self.in_leaves)


class _Encoder:
    def __init__(self, number_of: Callable[[Any], int | None] | None):
        self.number_of = number_of

    def rebound(self, rebound: Rebound) -> dict:
        tree = None if rebound.tree is None else self.tree(rebound.tree)
        return {"path": rebound.path, "choices": rebound.choices, "tree": tree, "first": rebound.first}

    def tree(self, tree: Tree) -> dict:
        return self._node(tree) | ({} if tree.sharing == SHARED else {"sharing": tree.sharing})

    def _node(self, tree: Tree) -> dict:
        if tree.kind == LEAF:
            leaf = tree.data
            return {"kind": LEAF, "type": leaf.dtype.name, "weak": leaf.weak, "shape": leaf.shape, "path": leaf.path}
        if tree.kind in (STATIC, DROPPED):
            return {"kind": tree.kind, "value": self._constant(tree.data)}
        found: dict[str, Any] = {"kind": tree.kind, "children": [self.tree(child) for child in tree.children]}
        if tree.kind in (DICT, ONE_OF):
            found["keys"] = [self._constant(key) for key in tree.names]
        if tree.kind == STRUCT:
            found |= {"class": self._class(tree.data), "fields": tree.names, "tuple": issubclass(tree.data, tuple)}
        return found

    def _class(self, cls: type) -> str | int:
        if self.number_of is None:
            return cls.__name__
        if (number := self.number_of(cls)) is None:
            raise Error(f"the class {cls.__qualname__} has no number")
        return number

    def _constant(self, value: Any) -> Any:
        """What is known at compile time: JSON's own values as they are, the rest as a list that says what it is."""
        if value is None or type(value) in (bool, int, float, str):
            return value
        if self.number_of is not None and (number := self.number_of(value)) is not None:
            return ["object", number]
        if type(value) is tuple:
            return ["tuple", *map(self._constant, value)]
        if isinstance(value, np.generic) and (dtype := types.of_numpy(value.dtype)):
            return ["scalar", dtype.name, value.item()]
        if isinstance(value, np.ndarray) and not value.any():
            return ["zeros", value.dtype.name, *value.shape]
        raise Error(f"{_named(value)} cannot be stored in a file; store a program that does not take or return it")


class _Decoder:
    def __init__(self, objects: Sequence[Any]):
        self.objects = objects

    def rebound(self, data: dict) -> Rebound:
        tree = None if data["tree"] is None else self.tree(data["tree"])
        choices = tuple(tuple(map(int, path)) for path in data["choices"])
        return Rebound(tuple(map(int, data["path"])), choices, tree, int(data["first"]))

    def tree(self, data: dict) -> Tree:
        return dataclasses.replace(self._node(data), sharing=_SHARING[data.get("sharing", SHARED)])

    def _node(self, data: dict) -> Tree:
        kind = data["kind"]
        if kind == LEAF:
            shape = None if data["shape"] is None else tuple(map(int, data["shape"]))
            return Tree(LEAF, Leaf(types.of_name(data["type"]), bool(data["weak"]), shape, str(data["path"])))
        if kind in (STATIC, DROPPED):
            return Tree(kind, self._constant(data["value"]))
        children = tuple(map(self.tree, data["children"]))
        if len(children) != _PARTS.get(kind, len(children)) or (kind in _PARTS and children[0].kind != LEAF):
            raise ValueError(f"a {kind} structure has {len(children)} parts")
        if kind in (DICT, ONE_OF):
            keys = tuple(map(self._constant, data["keys"]))
            if len(keys) != len(children) or (kind == ONE_OF and (not keys or children[0].kind != LEAF)):
                raise ValueError(f"a {kind} has {len(keys)} keys for {len(children)} parts")
            return Tree(kind, None, children, keys)
        if kind == STRUCT:
            fields = tuple(map(_name_of, data["fields"]))
            if len(set(fields)) != len(children):
                raise ValueError(f"a structure has {len(fields)} fields and {len(children)} parts")
            return Tree(STRUCT, self._class(data["class"], fields, bool(data["tuple"])), children, fields)
        if kind not in (TUPLE, LIST, GROWN, ROWS, RAGGED):
            raise ValueError(f"there is no structure {kind!r}")
        return Tree(kind, None, children, tuple(range(len(children))))

    def _class(self, name: str | int, fields: tuple[str, ...], is_tuple: bool) -> type:
        return self.objects[name] if isinstance(name, int) else struct_class(name, fields, is_tuple)

    def _constant(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        kind, *rest = value
        if kind == "object":
            return self.objects[rest[0]]
        if kind == "tuple":
            return tuple(map(self._constant, rest))
        if kind == "scalar":
            return types.of_name(rest[0]).numpy(rest[1])
        if kind == "zeros":
            return np.zeros(rest[1:], rest[0])
        raise ValueError(f"there is no constant {kind!r}")


@functools.cache
def struct_class(name: str, fields: tuple[str, ...], is_tuple: bool) -> type:
    """A NamedTuple or a dataclass with these fields: equal ones are one class, so that values compare."""
    _name_of(name)
    return collections.namedtuple(name, fields) if is_tuple else dataclasses.make_dataclass(name, fields)


def _name_of(word: Any) -> str:
    """A name, which becomes part of a program text."""
    if not isinstance(word, str) or not word.isidentifier() or keyword.iskeyword(word):
        raise ValueError(f"{word!r} is not a name")
    return word


def _named(value: Any) -> str:
    return f"{type(value).__name__} {getattr(value, '__qualname__', value)!s}"
