"""Methods of lists, dicts and tuples give what CPython's give, and change what CPython's change."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsl.frontend.kinds import container_methods
from dsl.frontend.protocols import get_attribute
from dsl.frontend.values.list_contents import GrowingItems
from dsl.frontend.values.signals import Dead

from .asking import asking, emitted, fresh, known, runtime_int

SMALL = st.lists(st.integers(0, 4), max_size=5)
CALLS = {
    "append": st.tuples(st.integers(0, 4)),
    "extend": st.tuples(SMALL),
    "insert": st.tuples(st.integers(-6, 6), st.integers(0, 4)),
    "pop": st.one_of(st.tuples(), st.tuples(st.integers(-6, 6))),
    "clear": st.tuples(),
    "copy": st.tuples(),
    "reverse": st.tuples(),
    "count": st.tuples(st.integers(0, 4)),
    "index": st.tuples(st.integers(0, 4)),
}
OF_DICTS = {
    "get": st.one_of(st.tuples(st.integers(0, 3)), st.tuples(st.integers(0, 3), st.integers(0, 9))),
    "pop": st.one_of(st.tuples(st.integers(0, 3)), st.tuples(st.integers(0, 3), st.integers(0, 9))),
    "keys": st.tuples(),
    "values": st.tuples(),
    "items": st.tuples(),
    "clear": st.tuples(),
    "copy": st.tuples(),
    "setdefault": st.tuples(st.integers(0, 3), st.integers(0, 9)),
    "update": st.tuples(st.dictionaries(st.integers(0, 3), st.integers(0, 9), max_size=3)),
}


def in_python(method, arguments):
    try:
        return method(*copy.deepcopy(arguments)), None
    except (IndexError, KeyError, ValueError) as error:
        return None, type(error)


def agree(name, value, arguments):
    expected = copy.deepcopy(value)
    result, error = in_python(getattr(expected, name), arguments)
    with asking() as m:
        made = fresh(m, value)
        method = get_attribute(m, made, name)
        try:
            found = method.call(m, *[fresh(m, x) for x in arguments])
        except Dead:
            assert error is not None, f"{name} fails, CPython gives {result!r}"
        else:
            if error is not None:  # what comes after a failure is arbitrary
                assert "dsl.fail" in emitted(m), f"CPython raises {error}"
                return
            items = getattr(found, "items", None)
            if name in ("keys", "values", "items"):
                assert [known(m, part) for part in items(m)] == list(result)
            else:
                assert known(m, found) == result
        assert known(m, made) == expected


@pytest.mark.parametrize("name", [name for name in CALLS if name in container_methods.LIST])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_lists(name, data):
    agree(name, data.draw(SMALL), data.draw(CALLS[name]))


@pytest.mark.parametrize("name", [name for name in OF_DICTS if name in container_methods.DICT])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_dicts(name, data):
    value = data.draw(st.dictionaries(st.integers(0, 3), st.integers(0, 9), max_size=3))
    agree(name, value, data.draw(OF_DICTS[name]))


@pytest.mark.parametrize("name", ["count", "index"])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_tuples(name, data):
    agree(name, tuple(data.draw(SMALL)), data.draw(CALLS[name]))


def test_every_method_of_the_language_is_tried():
    assert set(container_methods.LIST) <= {*CALLS, "sort", "remove"}
    assert set(container_methods.DICT) <= {*OF_DICTS, "popitem"}
    assert set(container_methods.TUPLE) <= {"count", "index"}


def test_a_place_that_is_not_known_makes_a_list_grow():
    with asking() as m:
        xs = fresh(m, [1, 2])
        get_attribute(m, xs, "pop").call(m, runtime_int(m))
        assert isinstance(xs.contents(m), GrowingItems)
