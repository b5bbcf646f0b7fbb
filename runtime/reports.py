"""What a kernel has to say besides its results: printed text and exceptions, formatted as CPython does."""

import builtins
import re
import struct
import sys
from collections.abc import Sequence

import numpy as np

from dsl.passes.ir.diagnostics import Error, Place
from dsl.passes.ir.element_types import DTYPES, of_mlir

from .slots import decode

_KINDS = {dtype.printed_as(weak=False): dtype.numpy for dtype in DTYPES}
_KINDS |= {dtype.python.__name__: dtype.python for dtype in DTYPES if dtype.python}
_FIELD = re.compile(r"\{(\d+)(?::([^{}]*))?\}")  # {0}, or {0:.3f}
_VALUES = re.compile(r"\{0\}|\(\{0\}(,|(, \{\d+\})+)\)")  # {0}, or ({0}, {1}): a number, or a tuple of them


class Site:
    """A print: how its values lie in slots, and the text around them."""

    def __init__(self, site: dict):
        self.slots = struct.Struct("<" + "".join(of_mlir(type).slot for type in site["types"]))
        self.count = len(site["types"])
        self._first, *self._pieces = site["text"]
        self._specs = site["spec"]
        self._kinds = [_KINDS[kind] for kind in site["kind"]]

    def text(self, values: Sequence) -> str:
        """The text pieces with the formatted values between them."""
        text = self._first
        for value, spec, kind, piece in zip(values, self._specs, self._kinds, self._pieces):
            text += _format(kind(value), spec) + piece
        return text


def printed_text(sites: Sequence[Site], slots: np.ndarray) -> str:
    """What the kernel printed, from the slots it left: for each print its number and its values."""
    data, numbers = slots.tobytes(), slots.tolist()
    position, pieces = 0, []
    while position < len(numbers):
        site = sites[numbers[position]]
        pieces.append(site.text(site.slots.unpack_from(data, 8 * (position + 1))))
        position += 1 + site.count
    return "".join(pieces)


def _format(value, spec: str) -> str:
    if spec.startswith("!"):
        conversion = {"r": repr, "s": str, "a": ascii}[spec[1]]
        value, spec = conversion(value), spec[2:]
    return format(value, spec)


def _filled(match: re.Match, values: list) -> str:
    """A field of a message with its value; braces that stand for none are the message's own."""
    number = int(match[1])
    return _format(values[number], match[2] or "") if number < len(values) else match[0]


def _argument(message: str, values: list):
    """What the exception is made of: a text, or the values themselves, as the KeyError of a dict has them."""
    if _VALUES.fullmatch(message):
        return values[0] if message == "{0}" else tuple(values)
    return _FIELD.sub(lambda match: _filled(match, values), message)


def exception_class(name: str) -> type[Exception] | None:
    """A built-in exception, or `module:Class` of the program's own; None where that has not been imported here."""
    module, _, path = name.rpartition(":")
    found: object = sys.modules.get(module) if module else builtins
    for part in path.split("."):
        found = getattr(found, part, None)
    return found if isinstance(found, type) and issubclass(found, Exception) else None


def failure(site: dict, slots: list) -> Exception:
    """The exception of a check that fired, with a note that names and shows its place."""
    values = [decode(slot, type) for slot, type in zip(slots, site["types"])]
    message = _argument(site["message"], values)
    kind = exception_class(site["exception"])
    if kind is None:
        kind, message = Error, f"{site['exception'].replace(':', '.')}: {message}"
    error = kind() if message == "" else kind(message)
    for place in (Place(*frame) for frame in site["place"]):
        error.add_note("\n".join(line for line in (f"{place}: in the kernel", place.excerpt()) if line))
    return error
