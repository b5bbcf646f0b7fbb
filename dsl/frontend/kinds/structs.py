"""Dataclasses and NamedTuples: making them, their fields, methods, properties and operators.

Frozen ones are plain values (`Record`), mutable ones have an identity (`Instance`).
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import linecache
import types as python_types
from typing import Any

from dsl.calling import reads
from dsl.calling.pytree import field_names, is_named_tuple
from dsl.frontend.emit import scalar_ops
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.protocols import (
    augment,
    call,
    compare,
    constant,
    construct,
    contains,
    get_attribute,
    get_item,
    iterate,
    length,
    operate,
    set_attribute,
    set_item,
    truth,
    unary,
)
from dsl.frontend.values.iterables import Sequence, of_items
from dsl.frontend.values.mutable import Dict, Instance, change
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import (
    FALSE,
    NONE,
    TRUE,
    Conflict,
    Maybe,
    Method,
    Record,
    Scalar,
    Static,
    Tuple,
    Unbound,
    Value,
    weak,
)

from .containers import compare_items, item_of

BINARY = {"+": "add", "-": "sub", "*": "mul", "/": "truediv", "//": "floordiv", "%": "mod", "**": "pow", "@": "matmul",
          "<<": "lshift", ">>": "rshift", "&": "and", "|": "or", "^": "xor"}
UNARY = {"-": "__neg__", "+": "__pos__", "~": "__invert__"}
REFLECTED = {"eq": "eq", "ne": "ne", "lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}


def is_frozen(cls: type) -> bool:
    return is_named_tuple(cls) or cls.__dataclass_params__.frozen


def is_instance(value: Value) -> bool:
    return isinstance(value, Record | Instance)


def make_struct(m: Interpreter, cls: type, fields: dict) -> Value:
    return Record(cls, fields) if is_frozen(cls) else Instance(m.store, cls, fields)


@constant.of(object)
def constant_struct(m: Interpreter, value) -> Value | None:
    """A struct of the module, known at compile time."""
    if isinstance(value, type) or not (is_named_tuple(value) or dataclasses.is_dataclass(value)):
        return None
    cls = type(value)
    if id(value) not in m.converted:
        made = make_struct(m, cls, {n: constant(m, getattr(value, n)) for n in field_names(cls)})
        if isinstance(made, Instance):
            made.constant, made.epoch = True, 0
        m.converted[id(value)] = (made, value)
    return m.converted[id(value)][0]


# making one


@construct.of(type)
def construct_struct(m: Interpreter, cls: type, arguments: list, keywords: dict) -> Any:
    if is_named_tuple(cls):
        return Record(cls, bind_fields(m, cls, list(cls._fields), cls._field_defaults, arguments, keywords))
    if issubclass(cls, BaseException | tuple | list | dict | set | str | int | float):
        return None
    made = Instance(m.store, cls)
    initialiser = find_in_class(cls, "__init__")
    if dataclasses.is_dataclass(cls) and is_generated(initialiser):
        fill_dataclass(m, made, cls, arguments, keywords)
    elif isinstance(initialiser, python_types.FunctionType):
        m.call(Static(initialiser), [made, *arguments], keywords)
    elif arguments or keywords:
        raise Refused(f"{cls.__name__}() takes no arguments")
    if dataclasses.is_dataclass(cls) and is_frozen(cls):
        return Record(cls, {name: made.slots[name] for name in field_names(cls)})
    return made


def is_generated(function) -> bool:
    """Whether `dataclass` wrote it."""
    code = getattr(inspect.unwrap(function) if callable(function) else None, "__code__", None)
    return code is not None and code.co_filename == "<string>" and not linecache.getlines("<string>")


def bind_fields(m: Interpreter, cls: type, names: list, defaults: dict, arguments: list, keywords: dict) -> dict:
    if len(arguments) > len(names):
        raise Refused(f"{cls.__name__}() takes {len(names)} arguments but {len(arguments)} were given")
    found = dict(zip(names, arguments))
    for name, value in keywords.items():
        if name not in names or name in found:
            raise Refused(f"{cls.__name__}() got an unexpected or repeated argument '{name}'")
        found[name] = value
    for name in names:
        if name not in found:
            if name not in defaults:
                raise Refused(f"{cls.__name__}() is missing the argument '{name}'")
            found[name] = constant(m, defaults[name])
    return {name: found[name] for name in names}


def fill_dataclass(m: Interpreter, made: Instance, cls: type, arguments: list, keywords: dict) -> None:
    """What the generated `__init__` does."""
    known = cls.__dataclass_fields__.values()
    initvars = [f for f in known if f._field_type is dataclasses._FIELD_INITVAR]
    taken = [f for f in known if f.init and (f in initvars or f._field_type is dataclasses._FIELD)]
    positional = [f.name for f in taken if not f.kw_only]
    if len(arguments) > len(positional):
        raise Refused(f"{cls.__name__}() takes {len(positional)} positional arguments but {len(arguments)} were given")
    defaults = {f.name: f.default for f in taken if f.default is not dataclasses.MISSING}
    factories = {f.name: f for f in taken if f.default_factory is not dataclasses.MISSING}
    named = {**dict(zip(positional, arguments)), **keywords}
    if len(named) != len(arguments) + len(keywords):
        raise Refused(f"{cls.__name__}() got an argument twice")
    for name, f in factories.items():
        if name not in named:
            named[name] = m.call(Static(f.default_factory), [], {})
    values = bind_fields(m, cls, [f.name for f in taken], defaults, [], named)
    for f in dataclasses.fields(cls):
        if f.init:
            value = values[f.name]
        elif f.default is not dataclasses.MISSING:
            value = constant(m, f.default)
        elif f.default_factory is not dataclasses.MISSING:
            value = m.call(Static(f.default_factory), [], {})
        else:
            continue
        m.store.write(made, f.name, value, m.origin())
    if find_in_class(cls, "__post_init__") is not None:
        after = find_in_class(made.cls, "__post_init__")
        m.call(Static(after), [made, *[values[f.name] for f in initvars]], {})


def replace_fields(m: Interpreter, value: Value, **changes: Value) -> Value:
    """`dataclasses.replace` and a NamedTuple's `_replace`."""
    if not is_instance(value):
        raise Refused(f"replace needs a dataclass, found {value.describe()}")
    cls = value.cls
    names = field_names(cls) if is_named_tuple(cls) else [f.name for f in dataclasses.fields(cls) if f.init]
    if unknown := next((name for name in changes if name not in names), None):
        raise Refused(f"{cls.__name__} has no field '{unknown}'")
    return construct_struct(m, cls, [], {name: changes.get(name) or field(m, value, name) for name in names})


def as_dict(m: Interpreter, value: Value) -> Value:
    """`dataclasses.asdict`, of one level or nested structs."""
    def convert(part: Value) -> Value:
        return as_dict(m, part) if is_instance(part) else part

    return Dict(m.store, {name: convert(field(m, value, name)) for name in field_names(value.cls)})


def as_tuple(m: Interpreter, value: Value) -> Value:
    def convert(part: Value) -> Value:
        return as_tuple(m, part) if is_instance(part) else part

    return Tuple(tuple(convert(field(m, value, name)) for name in field_names(value.cls)))


# attributes


def field(m: Interpreter, owner: Value, name: str) -> Any:
    """A field's value; None where there is no such field."""
    if isinstance(owner, Record):
        return owner.fields.get(name)
    if name not in owner.slots:
        return None
    value = m.store.read(owner, name)
    if isinstance(value, Conflict):
        raise m.conflict(f"the field {name}", value)
    if isinstance(value, Maybe | Unbound):
        raise Refused(f"the field {name} has a value on some paths only", "give it a value on every path")
    return value


def find_in_class(cls: type, name: str):
    """A class attribute that is not `object`'s own, descriptors as they are."""
    reads.note(reads.CLASS, cls, name, reads.in_class(cls, name))
    for base in cls.__mro__:
        if name in base.__dict__:
            return None if base is object else base.__dict__[name]
    return None


@get_attribute.of(Record, Instance)
def attribute_of_struct(m: Interpreter, owner: Record | Instance, name: str) -> Value | None:
    found = field(m, owner, name)
    if found is not None:
        return found
    if name == "__class__":
        return Static(owner.cls)
    if is_named_tuple(owner.cls) and name in ("_replace", "_asdict"):
        return Method(Static(replace_fields if name == "_replace" else as_dict), owner)
    return bind_attribute(m, owner, find_in_class(owner.cls, name))


def bind_attribute(m: Interpreter, owner: Value, found) -> Value | None:
    """A class attribute seen through an instance."""
    if found is None:
        return None
    if isinstance(found, property):
        return m.call(Static(found.fget), [owner], {})
    if isinstance(found, functools.cached_property):
        return m.call(Static(found.func), [owner], {})
    if isinstance(found, staticmethod):
        return Static(found.__func__)
    if isinstance(found, classmethod):
        return Method(Static(found.__func__), Static(owner.cls))
    if isinstance(found, python_types.FunctionType) or hasattr(found, "__wrapped__"):
        return Method(Static(found), owner)
    return constant(m, found)


@set_attribute.of(Record, Instance)
def set_attribute_of_struct(m: Interpreter, owner: Record | Instance, name: str, value: Value) -> Value:
    if isinstance(owner, Record):
        raise Refused(f"cannot assign to field '{name}' of {owner.describe()}, which is frozen",
                      "use dataclasses.replace" if not is_named_tuple(owner.cls) else "use _replace")
    found = find_in_class(owner.cls, name)
    if isinstance(found, property):
        if found.fset is None:
            raise Refused(f"the property {name} of {owner.describe()} has no setter")
        m.call(Static(found.fset), [owner, value], {})
        return NONE
    return set_field(m, owner, Static(name), value)


def set_field(m: Interpreter, owner: Any, name: Any, value: Value) -> Value:
    """`object.__setattr__`."""
    change(owner)
    m.unless_raised(lambda: m.store.write(owner, name.value, value, m.origin()))
    return Static(None)


# special methods


def call_method(m: Interpreter, owner: Value, name: str, arguments: list) -> Value | None:
    """A special method of a struct; None where it has none or declines."""
    if not is_instance(owner):
        return None
    found = find_in_class(owner.cls, name)
    if found is None or is_generated(found) or not isinstance(found, python_types.FunctionType):
        return None
    result = m.call(Static(found), [owner, *arguments], {})
    return None if isinstance(result, Static) and result.value is NotImplemented else result


@length.of(Record, Instance)
def length_of_struct(m: Interpreter, value: Value) -> Value | None:
    return call_method(m, value, "__len__", [])


@contains.of(Record, Instance)
def struct_contains(m: Interpreter, item: Value, container: Value) -> Scalar | None:
    found = call_method(m, container, "__contains__", [item])
    return None if found is None else m.truth(found)


@iterate.of(Record, Instance)
def iterate_struct(m: Interpreter, value: Record | Instance) -> Sequence | None:
    if isinstance(value, Record) and issubclass(value.cls, tuple):
        return of_items(value.fields.values())
    found = call_method(m, value, "__iter__", [])
    return None if found is None else iterate(m, found)


@get_item.of(Record, Instance)
def item_of_struct(m: Interpreter, owner: Record | Instance, index: Value) -> Value | None:
    if isinstance(owner, Record) and issubclass(owner.cls, tuple):
        return item_of(m, tuple(owner.fields.values()), index, "tuple", Tuple)
    return call_method(m, owner, "__getitem__", [index])


@set_item.of(Instance)
def set_item_of_struct(m: Interpreter, owner: Instance, index: Value, value: Value) -> Value | None:
    return call_method(m, owner, "__setitem__", [index, value])


@operate.of(Record, Instance, first=True)
def operate_structs(m: Interpreter, symbol: str, x: Value, y: Value) -> Value | None:
    result = call_method(m, x, f"__{BINARY[symbol]}__", [y])
    return call_method(m, y, f"__r{BINARY[symbol]}__", [x]) if result is None else result


@augment.of(Record, Instance)
def augment_struct(m: Interpreter, symbol: str, old: Value, value: Value) -> Value | None:
    return call_method(m, old, f"__i{BINARY[symbol]}__", [value])


@unary.of(Record, Instance)
def unary_struct(m: Interpreter, symbol: str, x: Value) -> Value | None:
    return call_method(m, x, UNARY[symbol], [])


@truth.of(Record, Instance)
def truth_of_struct(m: Interpreter, value: Record | Instance) -> Scalar:
    for name in ("__bool__", "__len__"):
        found = call_method(m, value, name, [])
        if found is not None:
            return m.truth(found)
    return weak(bool(value.fields)) if isinstance(value, Record) and is_named_tuple(value.cls) else TRUE


@compare.of(Record, Instance, first=True)
def compare_structs(m: Interpreter, predicate: str, x: Value, y: Value) -> Value | None:
    result = call_method(m, x, f"__{predicate}__", [y])
    if result is None:
        result = call_method(m, y, f"__{REFLECTED[predicate]}__", [x])
    if result is None and predicate == "ne" and (equal := call_method(m, x, "__eq__", [y])) is not None:
        result = scalar_ops.logical_not(m.builder, m.truth(equal))
    if result is not None or not (is_instance(x) or is_instance(y)):
        return result
    return compare_fields(m, predicate, x, y)


def compare_fields(m: Interpreter, predicate: str, x: Value, y: Value) -> Value | None:
    """The comparisons that `dataclass` writes, and a tuple's."""
    values = []
    for value in (x, y):
        if isinstance(value, Tuple):
            values.append(list(value.items))
        elif is_instance(value):
            values.append([field(m, value, name) for name in field_names(value.cls)])
        else:
            return FALSE if predicate == "eq" else TRUE if predicate == "ne" else None
    tuples = all(isinstance(v, Tuple) or is_named_tuple(v.cls) for v in (x, y))
    if not tuples:
        same_class = is_instance(x) and is_instance(y) and x.cls is y.cls
        parameters = getattr(x.cls, "__dataclass_params__", None) if same_class else None
        if parameters is None or not parameters.eq:
            if predicate in ("eq", "ne"):
                return weak((x is y) == (predicate == "eq"))
            return None
        if predicate not in ("eq", "ne") and not parameters.order:
            return None
    return compare_items(m, predicate, *values)


@call.of(Record, Instance)
def call_struct(m: Interpreter, function: Record | Instance, arguments: list, keywords: dict) -> Value | None:
    found = find_in_class(function.cls, "__call__")
    return None if found is None else m.call(Static(found), [function, *arguments], keywords)
