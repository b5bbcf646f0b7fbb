"""What an expression can be while a program is lowered.

A value known at compile time costs nothing at run time: a `Scalar` with a constant, a `Static` Python object, and
every composite, which is only a shape around its scalars. Mutable objects are containers and live in store.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dsl import types
from dsl.types import DType


class Nothing:
    """The absence of a constant or of a value."""

    def __init__(self, text: str):
        self.text = text

    def __repr__(self) -> str:
        return self.text


RUNTIME = Nothing("RUNTIME")


class Value:
    """Base. `parts` are the values inside; `with_parts` is the same value around others; `key` must agree to merge."""

    __slots__ = ()

    def parts(self) -> list[Value]:
        return []

    def with_parts(self, parts: list) -> Value:
        return self

    def key(self) -> Any:
        return self

    def describe(self) -> str:
        return type(self).__name__.lower()


class Argument:
    """An SSA value that may yet be replaced: a block argument of a loop that is still being visited.

    Its identity stays, only `value` changes, and only in `Loop.begin_body` and `Loop.release` (loop_arguments.py): so
    it may be a key, and its value may be kept by nobody but operations, whose operands are replaced too.
    """

    __slots__ = ("value", "spare")

    def __init__(self, value, spare=None):
        self.value = value
        self.spare = spare


class Scalar(Value):
    """A number: a Python constant or an SSA value. `weak` numbers are Python's own, the others NumPy's.

    `range` is (least, greatest), both included, where it is known of an int.
    """

    __slots__ = ("constant", "dtype", "range", "ssa", "weak")

    def __init__(self, dtype: DType, weak: bool, ssa: Any = None, constant: Any = RUNTIME, range: Any = None):
        self.dtype, self.weak, self.ssa, self.constant = dtype, weak, ssa, constant
        self.range = range

    @property
    def is_constant(self) -> bool:
        return self.constant is not RUNTIME

    @property
    def extent(self) -> Any:
        """The range of an int, a constant's too."""
        return (self.constant, self.constant) if self.is_constant and self.dtype.kind == "int" else self.range

    def python(self):
        """The constant as the Python or NumPy object that CPython would hold."""
        return self.constant if self.weak else self.dtype.numpy(self.constant)

    def around(self, ssa) -> Scalar:
        """Another number of the same kind, in the same range."""
        return type(self)(self.dtype, self.weak, ssa, range=self.range)

    def key(self):
        return self.dtype

    def describe(self) -> str:
        if self.weak:
            return {"bool": "a bool", "int": "an int", "float": "a float"}[self.dtype.kind]
        return f"a {self.dtype.numpy_name.rstrip('_')}"

    def __repr__(self) -> str:
        return f"Scalar({self.dtype.name}{' weak' * self.weak}, {self.constant if self.is_constant else self.ssa})"


class Tensor(Value):
    """The elements of an array at one moment: an SSA tensor. `items` are what is known of those of a small one, by
    rows: a number, free to read; the argument of a loop, where the element is still what it was in that; or None."""

    __slots__ = ("dtype", "items", "shape", "ssa")

    def __init__(self, dtype: DType, shape: tuple, ssa, items: tuple | None = None):
        self.dtype, self.shape, self.ssa, self.items = dtype, shape, ssa, items

    def around(self, ssa) -> Tensor:
        return Tensor(self.dtype, self.shape, ssa)

    def key(self):
        return (self.dtype, self.shape)

    def describe(self) -> str:
        return f"an array {types.ArrayType(self.dtype, self.shape)!r}"


@dataclass(frozen=True, eq=False)
class Static(Value):
    """A Python object known at compile time: a function, module, class, string, None, …"""

    value: Any

    def key(self):
        return ("static", id(self.value)) if not isinstance(self.value, str | bytes) else ("static", self.value)

    def describe(self) -> str:
        if self.value is None:
            return "None"
        name = getattr(self.value, "__name__", None)
        return f"{type(self.value).__name__} {name}" if name else f"the {type(self.value).__name__} {self.value!r}"


NONE = Static(None)


class Composite(Value):
    """A value made of values that cannot be changed after it was made."""

    __slots__ = ()


@dataclass(frozen=True, eq=False)
class Tuple(Composite):
    items: tuple

    def parts(self):
        return list(self.items)

    def with_parts(self, parts):
        return Tuple(tuple(parts))

    def key(self):
        return ("tuple", len(self.items))

    def describe(self) -> str:
        return f"a tuple of {len(self.items)}"


@dataclass(frozen=True, eq=False)
class Record(Composite):
    """An instance of an immutable class: a NamedTuple or a frozen dataclass."""

    cls: type
    fields: dict

    def parts(self):
        return list(self.fields.values())

    def with_parts(self, parts):
        return Record(self.cls, dict(zip(self.fields, parts)))

    def key(self):
        return ("record", self.cls, tuple(self.fields))

    def describe(self) -> str:
        return f"a {self.cls.__name__}"


@dataclass(frozen=True, eq=False)
class Text(Composite):
    """A string with numbers in it: `pieces` around `values`, each with its format spec."""

    pieces: tuple
    values: tuple
    specs: tuple

    def parts(self):
        return list(self.values)

    def with_parts(self, parts):
        return Text(self.pieces, tuple(parts), self.specs)

    def key(self):
        return ("text", self.pieces, self.specs)

    def describe(self) -> str:
        return "a string of run-time values"


@dataclass(frozen=True, eq=False)
class Range(Composite):
    start: Scalar
    stop: Scalar
    step: Scalar

    def parts(self):
        return [self.start, self.stop, self.step]

    def with_parts(self, parts):
        return Range(*parts)

    def key(self):
        return "range"

    def describe(self) -> str:
        return "a range"


@dataclass(frozen=True, eq=False)
class Slice(Composite):
    start: Value
    stop: Value
    step: Value

    def parts(self):
        return [self.start, self.stop, self.step]

    def with_parts(self, parts):
        return Slice(*parts)

    def key(self):
        return "slice"

    def describe(self) -> str:
        return "a slice"


@dataclass(frozen=True, eq=False)
class Closure(Composite):
    """A function made while the kernel runs: a nested def or a lambda, with the frame it sees."""

    info: Any
    frame: Any
    defaults: tuple = ()
    keyword_defaults: dict | None = None

    def parts(self):
        return [*self.defaults, *(self.keyword_defaults or {}).values()]

    def with_parts(self, parts):
        n = len(self.defaults)
        return Closure(self.info, self.frame, tuple(parts[:n]), dict(zip(self.keyword_defaults or {}, parts[n:])))

    def key(self):
        return ("closure", id(self.info.node), id(self.frame))

    def describe(self) -> str:
        return f"the function {self.info.name}"


@dataclass(frozen=True, eq=False)
class Method(Composite):
    """A function bound to its first argument."""

    function: Any
    receiver: Value

    def parts(self):
        return [self.receiver]

    def with_parts(self, parts):
        return Method(self.function, parts[0])

    def key(self):
        return ("method", self.function.key())

    def describe(self) -> str:
        return "a method"


@dataclass(frozen=True, eq=False)
class Native(Value):
    """An operation of the front end itself that a program holds as a function, such as a list's `append`; `base` is the
    function whose derivative it is."""

    call: Callable
    name: str
    base: Any = None

    def describe(self) -> str:
        return f"the method {self.name}"


@dataclass(frozen=True, eq=False)
class Partial(Composite):
    function: Value
    arguments: tuple
    keywords: dict

    def parts(self):
        return [self.function, *self.arguments, *self.keywords.values()]

    def with_parts(self, parts):
        n = 1 + len(self.arguments)
        return Partial(parts[0], tuple(parts[1:n]), dict(zip(self.keywords, parts[n:])))

    def key(self):
        return ("partial", len(self.arguments), tuple(self.keywords))

    def describe(self) -> str:
        return "a partial function"


@dataclass(frozen=True, eq=False)
class Permuted(Composite):
    """An argument in a permutation by a loop: it is objects[k] for the k with numbers[k] == number."""

    objects: tuple
    numbers: tuple
    number: int

    def parts(self):
        return [*self.objects, *self.numbers]

    def with_parts(self, parts):
        n = len(self.objects)
        return Permuted(tuple(parts[:n]), tuple(parts[n:]), self.number)

    def key(self):
        return ("permuted", len(self.objects), self.number)


@dataclass(frozen=True, eq=False)
class Unbound(Value):
    """A name that has no value here. `why` says where it is bound, if anywhere."""

    def describe(self) -> str:
        return "unbound"


UNBOUND = Unbound()


@dataclass(frozen=True, eq=False)
class Maybe(Value):
    """A name that is bound only where `flag` is true."""

    value: Value
    flag: Scalar

    def parts(self):
        return [self.value, self.flag]

    def with_parts(self, parts):
        return Maybe(*parts)

    def key(self):
        return "maybe"


@dataclass(frozen=True, eq=False)
class Conflict(Value):
    """A name that holds values of different kinds, depending on the path. An error where it is used."""

    first: tuple
    second: tuple
    reason: str
    help: str = ""

    def describe(self) -> str:
        return "of different kinds on different paths"


def weak(value: bool | int | float) -> Scalar:
    """A Python number as a constant."""
    return Scalar(types.of_python(value), True, constant=value)


TRUE, FALSE = weak(True), weak(False)


def leaves(value: Value) -> list:
    """Every scalar and tensor inside, in order."""
    if isinstance(value, Scalar | Tensor):
        return [value]
    return [leaf for part in value.parts() for leaf in leaves(part)]


def map_leaves(value: Value, function: Callable) -> Value:
    """The same value around other leaves."""
    if isinstance(value, Scalar | Tensor):
        return function(value)
    parts = value.parts()
    return value.with_parts([map_leaves(part, function) for part in parts]) if parts else value
