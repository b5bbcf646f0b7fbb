"""Lists and dicts from outside that a loop makes longer or shorter: what they hold has to be carried by the loop.

    xs = []                                 %n, %items = scf.for ... iter_args(%n0 = %c0, %items0 = %empty)
    for i in range(n): xs.append(x * i)

The first visit of the loop finds, at its end or where it is refused, that a list has another length or other items than
at its beginning, or a dict other keys. Then it is made one that grows (list_items.py, dict_items.py) before the loop,
and the loop visited again.

Sound: a list or dict that grows means what it meant before; a visit that began with another form of it is thrown away.
"""

from __future__ import annotations

import ast
from typing import Any

from dsl.frontend.values.iterables import Sequence
from dsl.frontend.values.mutable import Dict, Grid, List
from dsl.frontend.values.signals import LengthChanged
from dsl.frontend.values.value import Value

from .dict_items import EntryForm
from .forms import are_contents, in_form, is_in_form, shared_form
from .interpreter import Interpreter
from .list_items import Form
from .pool_sites import want_items

GROWS = List | Grid | Dict
Growth = dict[List | Grid | Dict, Form | EntryForm]


def grow(m: Interpreter, owner: List | Grid | Dict, form: Form | EntryForm) -> Any:
    """From here on a list or a dict may grow; what it holds stays the same."""
    contents = owner.contents(m)
    if not is_in_form(contents, form):
        contents = in_form(m, contents, form)
        m.store.write(owner, "items", contents, owner.origins.get("items"))
    return contents


def grow_all(m: Interpreter, growth: Growth) -> None:
    for owner, form in growth.items():
        grow(m, owner, form)


def may_change_length(node: ast.For) -> bool:
    """Whether the body of a loop may make a list longer or shorter, as far as the syntax shows: a call may."""
    return any(isinstance(inner, ast.Call | ast.AugAssign | ast.Delete) for statement in node.body
               for inner in ast.walk(statement))


def gone_over_again(m: Interpreter, sequence: Sequence) -> Sequence:
    """What a loop goes over, whose body makes it longer or shorter."""
    for owner in sequence.growing:
        form = shared_form(owner.contents(m))
        if form is None:
            want_items(m, owner.contents(m))
            raise LengthChanged
        grow(m, owner, form)
    assert sequence.again is not None
    return sequence.again(m)


def settle_contents(loop, owner: List | Grid | Dict, inner: Value, final: Value) -> Value:
    """What a list or dict holds at the end of an iteration, in the form that it has at the beginning; a form that it
    should have had is entered in `loop.growth`."""
    if not are_contents(inner, final):
        return final
    form = shared_form(inner, final)
    if form is None:
        want_items(loop.m, inner, final)
        return final
    if not is_in_form(inner, form):
        loop.growth[owner] = form
        return final
    with loop.m.builder.inside(loop.blocks[-1]):
        return in_form(loop.m, final, form)


def grown_so_far(loop) -> Growth:
    """The lists and dicts from outside that a visit has made longer or shorter up to here, in the form they need."""
    held = [(container, entry.inner, container) for (container, _), entry in loop.entries.items()]
    held += [(thing, slots.get("items"), loop.loop_objects.outer[thing][0])
             for thing, slots in loop.loop_objects.initial.items()]
    found = {}
    for thing, inner, owner in held:
        now = thing.slots.get("items") if isinstance(thing, GROWS) else None
        if are_contents(inner, now) and inner.key() != now.key():
            form = shared_form(inner, now)
            if form is not None and not is_in_form(inner, form):
                found[owner] = form
    return found
