"""What lists and dicts hold, in a form that they have in common: where their lengths or keys depend on the path or the
iteration (join.py, loops.py) they are held as what grows at run time (list_items.py, dict_items.py).
"""

from __future__ import annotations

from typing import Any

from dsl.frontend.values.dict_contents import holds_entries
from dsl.frontend.values.list_contents import LISTED

from . import dict_items, list_items
from .dict_items import EntryForm
from .interpreter import Interpreter
from .list_items import Form


def are_contents(*held: Any) -> bool:
    """Whether these are contents of lists, or of dicts."""
    return all(isinstance(one, LISTED) for one in held) or all(map(holds_entries, held))


def shared_form(*contents: Any) -> Form | EntryForm | None:
    """How the contents of several lists, or dicts, can be held in one that grows; None where they cannot."""
    if all(map(holds_entries, contents)):
        return dict_items.common_entries(*contents)
    return list_items.common_form(*contents)


def is_in_form(contents: Any, form: Form | EntryForm) -> bool:
    if isinstance(form, EntryForm):
        return dict_items.has_entry_form(contents, form)
    return list_items.has_form(contents, form)


def in_form(m: Interpreter, contents: Any, form: Form | EntryForm) -> Any:
    """The contents in a form that they can be held in."""
    if isinstance(form, EntryForm):
        return dict_items.hashed(m, contents, form)
    return list_items.grown(m, contents, form)
