"""What can be asked of any value, and who answers it: a protocol for each question of Python's data model.

A protocol is called like a function, `operate(m, "+", x, y)` or `truth(m, value)`, by code that does not know which
kinds of values there are. Each kind enters its own behaviour, in its own file, under the class of its values:

    @operate.of(Tuple)
    def operate_tuples(m, symbol, x, y): ...

A handler answers None where it declines, and the next one is asked: of the classes of a value the most derived first.
Where two operands decide, every handler that belongs to one of them may be asked; those entered as `first` come before
the others (Python's rule that special methods of a class of the user's are tried first), and handlers of equal rank
decide about different operands, so that their order does not matter. What all decline, the handler entered by
`otherwise` answers, mostly by a refusal.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .emit.scalar_ops import SYMBOLS
from .values.iterables import Sequence
from .values.misspelling import nearest
from .values.signals import Refused
from .values.value import Static, Text, Tuple, Value, weak


class Protocol:
    """One question. `at` are the positions (after the interpreter) of the operands whose classes decide."""

    def __init__(self, *at: int):
        self.at = at or (0,)
        self.entries: list[tuple[tuple[type, ...], bool, Callable]] = []
        self.default: Callable = lambda m, *operands: None
        self.found: dict[tuple[type, ...], list[Callable]] = {}

    def of(self, *kinds: type, first: bool = False) -> Callable:
        """Enters a handler for values of these classes."""

        def enter(handler: Callable) -> Callable:
            self.entries.append((kinds, first, handler))
            self.found.clear()
            return handler

        return enter

    def otherwise(self, handler: Callable) -> Callable:
        """Enters the handler of what all others decline."""
        self.default = handler
        return handler

    def __call__(self, m, *operands) -> Any:
        classes = tuple([type(operands[k]) for k in self.at])
        handlers = self.found.get(classes)
        if handlers is None:
            handlers = self.handlers_of(classes)
        for handler in handlers:
            answer = handler(m, *operands)
            if answer is not None:
                return answer
        return self.default(m, *operands)

    def handlers_of(self, classes: tuple[type, ...]) -> list[Callable]:
        """The handlers to ask, in order; remembered for classes of values, not for those of a user's objects."""
        ranked = []
        for kinds, first, handler in self.entries:
            distances = [cls.__mro__.index(kind) for cls in classes for kind in kinds if kind in cls.__mro__]
            if distances:
                ranked.append((not first, min(distances), handler))
        handlers = [handler for _, _, handler in sorted(ranked, key=lambda entry: entry[:2])]
        if issubclass(classes[0], Value):
            self.found[classes] = handlers
        return handlers


# a Python object, known at compile time, as a value

constant = Protocol()  # (m, object) -> Value; objects of the module cannot be changed by a kernel
constant.otherwise(lambda m, value: Static(value))

# operators

operate = Protocol(1, 2)  # (m, symbol, x, y): `x symbol y`
unary = Protocol(1)  # (m, symbol, x): `symbol x`
compare = Protocol(1, 2)  # (m, predicate, x, y), the predicate as "lt"
augment = Protocol(1)  # (m, symbol, old, value): `old symbol= value`, in place for what is mutable
contains = Protocol(1)  # (m, item, container): `item in container`
augment.otherwise(operate)


@operate.otherwise
def refuse_operands(m, symbol: str, x: Value, y: Value):
    raise Refused(f"unsupported operands of {symbol}: {x.describe()} and {y.describe()}")


@unary.otherwise
def refuse_operand(m, symbol: str, x: Value):
    raise Refused(f"unary {symbol} of {x.describe()}")


@compare.otherwise
def compare_different_kinds(m, predicate: str, x: Value, y: Value):
    if predicate in ("eq", "ne") and type(x) is not type(y) and not isinstance(x, Text) and not isinstance(y, Text):
        return weak(predicate == "ne")
    raise Refused(f"{SYMBOLS[predicate]} of {x.describe()} and {y.describe()}")


# items and attributes

get_item = Protocol()  # (m, owner, index)
set_item = Protocol()  # (m, owner, index, value)
delete_item = Protocol()  # (m, owner, index)
get_attribute = Protocol()  # (m, owner, name)
set_attribute = Protocol()  # (m, owner, name, value)


@get_item.otherwise
def refuse_index(m, owner: Value, index: Value):
    raise Refused(f"{owner.describe()} cannot be indexed")


@set_item.otherwise
def refuse_item(m, owner: Value, index: Value, value: Value):
    raise Refused(f"{owner.describe()} cannot be changed by index")


@delete_item.otherwise
def refuse_deletion(m, owner: Value, index: Value):
    raise Refused(f"del of a part of {owner.describe()}", "build a new one without it")


@get_attribute.otherwise
def refuse_attribute(m, owner: Value, name: str):
    cls = getattr(owner, "cls", tuple if isinstance(owner, Tuple) else getattr(owner, "python_class", None))
    known = [*getattr(owner, "slots", ()), *getattr(owner, "fields", ()), *(dir(cls) if cls is not None else ())]
    raise Refused(f"{owner.describe()} has no attribute {name!r} in the language",
                  nearest(name, [k for k in known if isinstance(k, str)]))


@set_attribute.otherwise
def refuse_assigned_attribute(m, owner: Value, name: str, value: Value):
    raise Refused(f"{owner.describe()} has no attribute {name!r} that can be assigned")


# what builtins and statements ask

truth = Protocol()  # (m, value) -> Scalar: `bool(value)`
length = Protocol()  # (m, value) -> Scalar: `len(value)`
iterate = Protocol()  # (m, value) -> Sequence: what a `for` goes over
text_of = Protocol()  # (m, value) -> Static or Text: `str(value)`


listing = Protocol()  # (m, sequence): a new list of the items of a Sequence


@length.otherwise
def refuse_length(m, value: Value):
    raise Refused(f"{value.describe()} has no len()")


@iterate.of(Sequence)
def iterate_again(m, value: Sequence) -> Sequence:
    return value


@iterate.otherwise
def refuse_iteration(m, value: Value):
    raise Refused(f"cannot iterate over {value.describe()}",
                  "iterate over range(n), a tuple, a list, a dict or an array")


@text_of.otherwise
def refuse_text(m, value: Value):
    raise Refused(f"cannot print {value.describe()}", "print its numbers one by one")


def static_items(m, value: Value, what: str) -> list[Any]:
    """The items of something whose length is known at compile time."""
    sequence = iterate(m, value)
    if not (sequence.low.is_constant and sequence.high.is_constant):
        raise Refused(f"{what} needs a length known at compile time, found {value.describe()}")
    return list(sequence.items(m))


# calls

call = Protocol()  # (m, function, arguments, keywords)
construct = Protocol()  # (m, cls, arguments, keywords): an instance of a Python class


@call.otherwise
def refuse_call(m, function: Value, arguments: list, keywords: dict):
    raise Refused(f"{function.describe()} cannot be called")


@construct.otherwise
def refuse_construction(m, cls: type, arguments: list, keywords: dict):
    raise Refused(f"a call of the class {cls.__name__}, whose instances the language does not have",
                  "make it a dataclass or a NamedTuple")
