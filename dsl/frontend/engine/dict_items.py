"""The entries of dicts whose keys come to be known only at run time: how they are held (dict_contents.py).

    d[k] = v                                %number, %keys, %table = the program `number_or_new` of dsl/library/dicts.py
                                            %values = tensor.insert %v into %values[%number]

A dict begins with keys known at compile time, or none. Where other keys come, or it has other keys on one path than on
another, its entries become lists that grow; the table of those known by then is computed here.

Sound: the order of the entries is that in which they came, on each path, as Python's.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from dsl.frontend.values.dict_contents import HashedEntries
from dsl.frontend.values.list_contents import KnownItems, item_kind
from dsl.frontend.values.value import Tuple, Value, weak
from dsl.library import dicts

from .interpreter import Interpreter
from .list_items import Form, common_item, grown, item_like

PLACE = item_like(weak(0))


class EntryForm(NamedTuple):
    """How the entries of such a dict are held: what a key and a value look like."""

    key: Value
    value: Value


def key_of_constant(key: Any) -> Value | None:
    """A known key as one of those of a dict whose keys are known only at run time: an int or a tuple of ints."""
    if type(key) is int and -(2**63) <= key < 2**63:
        return weak(key)
    if type(key) is tuple and key:
        parts = tuple(map(key_of_constant, key))
        return None if None in parts or any(isinstance(part, Tuple) for part in parts) else Tuple(parts)
    return None


def common_entries(*contents: Any, entry: tuple[Value, Value] | None = None) -> EntryForm | None:
    """How the contents of several dicts, and one more entry, can be held together; None where they cannot."""
    keys: list[Any] = [entry[0]] if entry else []
    values: list[Any] = [entry[1]] if entry else []
    for held in contents:
        if isinstance(held, HashedEntries):
            keys.append(held.keys.item)
            values.append(held.values.item)
        else:
            keys += map(key_of_constant, held.fields)
            values += held.fields.values()
    if None in keys:
        return None
    key, value = common_item(keys), common_item(values)
    return None if key is None or value is None else EntryForm(key, value)


def has_entry_form(contents: Any, form: EntryForm) -> bool:
    return isinstance(contents, HashedEntries) and all(
        item_kind(held.item) == item_kind(item) for held, item in zip((contents.keys, contents.values), form))


def hashed(m: Interpreter, contents: Any, form: EntryForm) -> HashedEntries:
    """The entries of a dict in this form."""
    if isinstance(contents, HashedEntries):
        keys, values = grown(m, contents.keys, Form(form.key)), grown(m, contents.values, Form(form.value))
        return HashedEntries(keys, values, contents.table)
    known: list = []
    table: list[int] = []
    for key in contents.fields:
        dicts.number_or_new(known, table, key)
    held = [key_of_constant(key) for key in known], contents.fields.values(), map(weak, table)
    parts = [grown(m, KnownItems(tuple(items)), Form(item)) for items, item in zip(held, (*form, PLACE))]
    return HashedEntries(*parts)
