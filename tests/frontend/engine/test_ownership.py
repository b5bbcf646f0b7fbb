"""Who else refers to a mutable object."""

from types import SimpleNamespace

import pytest

from dsl.frontend.engine.ownership import freeze, held_twice, is_shared, reached
from dsl.frontend.values.mutable import List, change
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.store import Container, Delta, Store
from dsl.frontend.values.value import Tuple, weak


def interpreter():
    """What the analysis asks of an interpreter: a frame, what the caller holds, the loops."""
    store = Store()
    frame = Container(store)
    frame.caller = frame.enclosing = None
    return SimpleNamespace(store=store, frame=frame, caller_objects=[], argument_arrays=Container(store))


def test_everything_inside_is_reached_once():
    m = interpreter()
    inner = List(m.store, [weak(1)])
    outer = List(m.store, [inner, Tuple((inner,))])
    inner.slots["items"] = Tuple((outer,))
    assert reached([outer], Delta()) == {inner, outer}


def test_newer_contents_count():
    m = interpreter()
    old, new, holder = List(m.store), List(m.store), List(m.store)
    holder.slots["items"] = Tuple((old,))
    delta = Delta({(holder, "items"): (Tuple((new,)), None)})
    assert reached([holder], delta) == {holder, new}


def test_an_object_of_one_name_is_not_shared():
    m = interpreter()
    thing = List(m.store)
    m.frame.slots["a"] = thing
    assert not is_shared(m, thing, (m.frame, "a"))
    m.frame.slots["b"] = Tuple((weak(1), thing))
    assert is_shared(m, thing, (m.frame, "a"))


def test_one_name_that_leads_to_it_twice_shares_it():
    m = interpreter()
    thing = List(m.store)
    m.frame.slots["a"] = Tuple((thing, List(m.store, [thing])))
    assert held_twice({thing}, m.frame.slots["a"], Delta())
    assert is_shared(m, thing, (m.frame, "a"))


def test_the_caller_shares_its_arguments():
    m = interpreter()
    thing = List(m.store)
    m.frame.slots["a"] = thing
    m.caller_objects.append(thing)
    assert is_shared(m, thing, (m.frame, "a")) and not is_shared(m, thing, (m.frame, "a"), arguments=False)


def test_what_is_inside_of_something_frozen_cannot_be_changed():
    m = interpreter()
    inner = List(m.store)
    outer = List(m.store, [inner])
    freeze(m, outer)
    with pytest.raises(Refused, match="another name may mean the same one"):
        change(inner)


def test_what_a_loop_has_changed_cannot_be_frozen():
    m = interpreter()
    thing = List(m.store)
    loop = SimpleNamespace(epoch=m.store.next_epoch(), entries={}, enter=lambda *place: None)
    m.store.loops.append(loop)
    m.store.write(thing, "items", Tuple(()))
    with pytest.raises(Refused, match="is changed in this loop"):
        freeze(m, thing)
