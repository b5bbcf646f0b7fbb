"""What a kernel has to say besides its results: printed text and exceptions, formatted as CPython does."""

import builtins
import re

from dsl.passes.ir.diagnostics import Error, Place
from dsl.passes.ir.element_types import DTYPES

from .slots import decode

_KINDS = {dtype.printed_as(weak=False): dtype.numpy for dtype in DTYPES}
_KINDS |= {dtype.python.__name__: dtype.python for dtype in DTYPES if dtype.python}
_FIELD = re.compile(r"\{(\d+)(?::([^{}]*))?\}")  # {0}, or {0:.3f}


def printed_text(sites: list, slots: list) -> str:
    """What the kernel printed, from the slots it left: for each print its number and its values."""
    position, pieces = 0, []
    while position < len(slots):
        site = sites[slots[position]]
        types = site["types"]
        values = [decode(slot, type) for slot, type in zip(slots[position + 1 :][: len(types)], types)]
        pieces.append(format_record(site, values))
        position += 1 + len(types)
    return "".join(pieces)


def format_record(site: dict, values: list) -> str:
    """The text pieces of a print with the formatted values between them."""
    text, *rest = site["text"]
    for value, spec, kind, piece in zip(values, site["spec"], site["kind"], rest):
        text += _format(_KINDS[kind](value), spec) + piece
    return text


def _format(value, spec: str) -> str:
    if spec.startswith("!"):
        conversion = {"r": repr, "s": str, "a": ascii}[spec[1]]
        value, spec = conversion(value), spec[2:]
    return format(value, spec)


def _filled(match: re.Match, values: list) -> str:
    """A field of a message with its value; braces that stand for none are the message's own."""
    number = int(match[1])
    return _format(values[number], match[2] or "") if number < len(values) else match[0]


def failure(site: dict, slots: list) -> Exception:
    """The exception of a check that fired, with a note that names and shows its place."""
    values = [decode(slot, type) for slot, type in zip(slots, site["types"])]
    message = _FIELD.sub(lambda match: _filled(match, values), site["message"])
    kind = getattr(builtins, site["exception"], None)
    if not (isinstance(kind, type) and issubclass(kind, Exception)):
        kind = Error
    error = kind(message) if message else kind()
    for place in (Place(*frame) for frame in site["place"]):
        error.add_note("\n".join(line for line in (f"{place}: in the kernel", place.excerpt()) if line))
    return error
