"""A value as text that is the same in another process exactly where the compiler cannot tell the values apart.

Numbers, text and arrays are described by type and bits, containers and dataclasses by what they hold, functions by
their source, the lines it stands on and their defaults, classes and modules by name, and so is what belongs to this
package or to NumPy, whose versions are known. What has two names is described once and referred to by number
afterwards, so that who shares what with whom is part of the text. What a function's code reads from around it is not
described with it: only what a compilation has really read is, one name at a time (`read`), and for that the holders of
names (modules, classes, objects, closure cells, dicts of globals) have numbers too.

Objects of a class of the user's that is no dataclass are described by their class alone, where it leaves comparison,
hashing and text as they are: then the compiler learns of one only by reading its attributes. Anything else raises
`Undescribable`.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import hashlib
import linecache
import marshal
import sys
import types
import typing
from typing import Any

import numpy as np

from dsl.calling import reads
from dsl.calling.binding import annotations_of
from dsl.calling.float_annotations import annotations_of_parts, means_float
from dsl.calling.pytree import LEAF, STATIC, STRUCT, Tree, field_names, is_named_tuple
from dsl.types import ArrayType, DType


class Undescribable(Exception):
    """The reason is in words."""


# what of an object the compiler may ask for without reading an attribute
_SPECIAL = (
    "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__hash__", "__repr__", "__str__", "__format__",
    "__bool__", "__len__", "__contains__", "__iter__", "__getitem__", "__index__", "__int__", "__float__", "__array__",
)  # fmt: skip
# what of our own objects says nothing about the code made of them
_INCIDENTAL = {
    "_by_types", "_by_signature", "_derived", "_history", "_lock", "_disabled", "_parameters", "_positional",
    "__wrapped__", "__doc__", "__module__", "__annotations__", "__type_params__",
}  # fmt: skip
_BY_VERSION = ("dsl", "numpy", "builtins")


def by_version(module: str | None) -> bool:
    """Whether what belongs to a module is known by its name, as the versions are."""
    return (module or "").split(".")[0] in _BY_VERSION


class Description:
    """Text in the making, of which only the digest is kept. `objects` are what has a number, in order."""

    def __init__(self):
        self.objects: list[Any] = []
        self.sources: dict[int, list[str]] = {}  # the lines of a function, by its number
        self._numbers: dict[int, int] = {}
        self._digest = hashlib.sha256()

    def fork(self) -> Description:
        """A description that goes on from here on its own."""
        made = Description()
        made.objects, made.sources = list(self.objects), dict(self.sources)
        made._numbers, made._digest = dict(self._numbers), self._digest.copy()
        return made

    def digest(self) -> str:
        return self._digest.hexdigest()

    def number_of(self, thing: Any) -> int | None:
        return self._numbers.get(id(thing))

    def put(self, *words: str | bytes | int | None) -> None:
        """Adds words, each told from the next by its length."""
        for word in words:
            data = word if isinstance(word, bytes) else str(word).encode("utf-8", "surrogatepass")
            self._digest.update(b"%d:" % len(data) + data)

    def read(self, kind: str, number: int, name: str) -> Any:
        """Reads a name from the holder of a number, and adds it with its value."""
        value = reads.read_again(kind, self.objects[number], name)
        self.add_read(kind, number, name, value)
        return value

    def add_read(self, kind: str, number: int, name: str, value: Any) -> None:
        self.put("read", kind, number, name)
        self.add(value)

    def add_arguments(self, shapes: dict[str, Tree]) -> None:
        """The types, shapes and known objects of arguments."""
        for name, tree in shapes.items():
            self.put("argument", name)
            self._tree(tree)

    def _tree(self, tree: Tree) -> None:
        self.put(tree.kind, len(tree.children))
        if tree.kind == LEAF:
            leaf = tree.data
            self.put(leaf.dtype.name, leaf.weak, None if leaf.shape is None else repr(leaf.shape))
        elif tree.kind in (STATIC, STRUCT):
            self.add(tree.data)
        for name, child in zip(tree.names, tree.children):
            self.add(name)
            self._tree(child)

    def add(self, value: Any) -> None:
        """Adds a value. Raises Undescribable where it cannot be told from others."""
        kind = type(value)
        if kind in _ATOMS:
            self.put(kind.__name__, repr(value))
        elif kind is float or kind is complex:
            self.put(kind.__name__, np.asarray(value).tobytes())
        elif isinstance(value, np.generic):
            self._element(value.dtype)
            self.put(value.tobytes())
        elif (number := self.number_of(value)) is not None:
            self.put("again", number)
        else:
            self._number(value)
            self._add_new(kind, value)

    def _number(self, thing: Any) -> None:
        self._numbers[id(thing)] = len(self.objects)
        self.objects.append(thing)

    def _add_new(self, kind: type, value: Any) -> None:
        for classes, describe in _KINDS:
            if isinstance(value, classes):
                return describe(self, value)
        if any(base.__module__.split(".")[0] == "dsl" for base in kind.__mro__):
            return self._own(value)
        if dataclasses.is_dataclass(value) or is_named_tuple(value):
            return self._struct(value)
        self._object(value)

    # values with contents

    def _items(self, value: Any) -> None:
        if type(value) not in (tuple, list, set, frozenset):
            return self._struct(value) if is_named_tuple(value) else self._object(value)
        self.put(type(value).__name__, len(value))
        for item in value:
            self.add(item)

    def _dict(self, value: Any) -> None:
        if type(value) is not dict:
            return self._object(value)
        self.put("dict", len(value))
        for key, item in value.items():
            self.add(key)
            self.add(item)

    def _array(self, value: np.ndarray) -> None:
        if type(value) is not np.ndarray:
            return self._object(value)
        self._element(value.dtype)
        self.put("array", repr(value.shape), value.tobytes())

    def _element(self, dtype: np.dtype) -> None:
        if dtype.hasobject or dtype.names is not None:
            raise Undescribable(f"elements of type {dtype}")
        self.put("elements", dtype.str, dtype.name)

    def _parts(self, value: Any, *parts: Any) -> None:
        self.put(type(value).__name__)
        for part in parts:
            self.add(part)

    def _struct(self, value: Any) -> None:
        self.put("struct")
        self.add(type(value))
        names = value._fields if is_named_tuple(value) else [field.name for field in dataclasses.fields(value)]
        for name in names:
            self.add(getattr(value, name, reads.ABSENT))

    def _own(self, value: Any) -> None:
        """Kernels, derivatives, functions with rules: by everything that they are made of."""
        if value is reads.ABSENT:
            return self.put("absent")
        if not hasattr(value, "__dict__"):
            return self._object(value)
        self.put("own")
        self.add(type(value))
        copied = vars(vars(value).get("__wrapped__", types.SimpleNamespace()))  # by functools.update_wrapper
        for name, part in sorted(vars(value).items()):
            if name not in _INCIDENTAL and name not in copied:
                self.put(name)
                self.add(part)

    def _object(self, value: Any) -> None:
        kind = type(value)
        altered = [name for name in _SPECIAL if getattr(kind, name, None) is not getattr(object, name, None)]
        if altered or not hasattr(value, "__dict__"):
            raise Undescribable(f"an object of the class {kind.__module__}.{kind.__qualname__}")
        self.put("object")
        self.add(kind)

    # what has a name

    def _named(self, value: Any, module: str, name: str) -> None:
        if not _is_named(value, module, name):
            raise Undescribable(f"{type(value).__name__} {name}, which {module} does not have under its name")
        self.put("named", module, name)

    def _builtin(self, value: Any) -> None:
        owner = getattr(value, "__self__", None)
        if owner is None or isinstance(owner, types.ModuleType):
            of_class = getattr(value, "__objclass__", None)
            return self._named(value, of_class.__module__ if of_class else value.__module__, value.__qualname__)
        self.put("method", value.__name__)
        self.add(owner)

    def _ufunc(self, value: np.ufunc) -> None:
        self._named(value, "numpy", value.__name__)

    def _module(self, value: types.ModuleType) -> None:
        self.put("module", value.__name__)

    def _member(self, value: enum.Enum) -> None:
        self.put("member", value.name)
        self.add(type(value))
        self.add(value.value)

    def _class(self, cls: type) -> None:
        self.put("class", cls.__module__, cls.__qualname__)
        if by_version(cls.__module__) and _is_named(cls, cls.__module__, cls.__qualname__):
            return
        self.add(type(cls))
        self.put(len(cls.__mro__))
        for base in cls.__mro__[1:]:
            self.add(base)
        if is_named_tuple(cls):
            self._parts(cls, cls._fields, cls._field_defaults)
            self._meant(cls)
        elif dataclasses.is_dataclass(cls):
            self._meant(cls)
            self.put(repr(cls.__dataclass_params__))
            for field in cls.__dataclass_fields__.values():
                self._field(field)

    def _meant(self, cls: type) -> None:
        """The annotations of a struct: they say which integers are differentiated as floats."""
        self.put("meant", *map(repr, annotations_of_parts(cls, None, field_names(cls))))

    def _field(self, field: dataclasses.Field) -> None:
        self.put("field", field.name, field._field_type.name)
        for part in (field.init, field.kw_only, field.compare, field.hash, field.repr):
            self.put(str(part))
        for default in (field.default, field.default_factory):
            if default is dataclasses.MISSING:
                self.put("missing")
            else:
                self.add(default)

    # functions

    def _function(self, function: types.FunctionType) -> None:
        module = function.__module__ or ""
        if by_version(module) and _is_named(function, module, function.__qualname__):
            return self.put("named", module, function.__qualname__)
        for holder in (function.__globals__, *(function.__closure__ or ())):
            if self.number_of(holder) is None:
                self._number(holder)
            self.put("holder", self.number_of(holder))
        code = function.__code__
        lines = source_of(code, linecache_lines(function))
        self.sources[self._numbers[id(function)]] = lines
        self.put("function", module, function.__qualname__, marshal.dumps(code, 2), "".join(lines))
        self._parts(function, function.__defaults__, function.__kwdefaults__)
        for name, annotation in annotations_of(function).items():
            is_number = isinstance(annotation, DType | ArrayType) or annotation in (bool, int, float)
            if is_number or typing.get_origin(annotation) is not None or means_float(annotation):
                self.put("annotation", name, repr(annotation))
        for name in ("__wrapped__", "__signature__"):  # these decide what the parameters are
            if name in vars(function):
                self._parts(function, vars(function)[name])


_ATOMS = frozenset({
    type(None), bool, int, str, bytes, range, type(Ellipsis), type(NotImplemented),
    type(dataclasses._HAS_DEFAULT_FACTORY),  # a default in functions that `dataclass` writes
})  # fmt: skip
_KINDS: tuple[tuple[Any, Any], ...] = (
    (types.FunctionType, Description._function),
    (types.MethodType, lambda d, value: d._parts(value, value.__func__, value.__self__)),
    (functools.partial, lambda d, value: d._parts(value, value.func, value.args, value.keywords)),
    (property, lambda d, value: d._parts(value, value.fget, value.fset, value.fdel)),
    (functools.cached_property, lambda d, value: d._parts(value, value.func)),
    ((staticmethod, classmethod), lambda d, value: d._parts(value, value.__func__)),
    (type, Description._class),
    (types.ModuleType, Description._module),
    (np.ufunc, Description._ufunc),
    (np.dtype, Description._element),
    (np.ndarray, Description._array),
    (DType, lambda d, value: d.put("element", value.name)),
    (enum.Enum, Description._member),
    (dict, Description._dict),
    ((tuple, list, set, frozenset), Description._items),
    (types.SimpleNamespace, lambda d, value: d._parts(value, vars(value))),
    (
        (types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType, type(np.sum)),
        Description._builtin,
    ),
)  # fmt: skip


def _is_named(value: Any, module: str, name: str) -> bool:
    """Whether a module has it under this name, so that another process finds the same there."""
    found: Any = sys.modules.get(module)
    for step in name.split("."):
        found = getattr(found, step, None)
    return found is value


def linecache_lines(function: types.FunctionType) -> list[str]:
    """The lines of the file of a function as they are now, as the front end gets them."""
    name = function.__code__.co_filename
    linecache.checkcache(name)
    return linecache.getlines(name, function.__globals__)


def source_of(code: types.CodeType, lines: list[str]) -> list[str]:
    """Of the lines of its file those of a function: from the first one to the last that its code comes from, and on
    while they are indented more than the first, as what leaves no code may follow."""
    first = code.co_firstlineno - 1
    last = max(_last_line(code), first + 1)
    indent = _indent(lines[first]) if first < len(lines) else 0
    while last < len(lines) and (not lines[last].strip() or _indent(lines[last]) > indent):
        last += 1
    return lines[first:last]


def _last_line(code: types.CodeType) -> int:
    own = (end or line or 0 for line, end, *_ in code.co_positions())
    inner = (_last_line(c) for c in code.co_consts if isinstance(c, types.CodeType))
    return max([0, *own, *inner])


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
