"""The store: what a branch wrote is taken back, and loops are told of what they touch first."""

from dsl.frontend.values.store import Container, Store
from dsl.frontend.values.value import UNBOUND, weak


class Loop:
    """What the store asks of a loop."""

    def __init__(self, store: Store):
        self.epoch, self.entries = store.next_epoch(), {}
        store.loops.append(self)

    def enter(self, container: Container, key) -> None:
        value = container.slots.get(key, UNBOUND)
        self.entries[container, key] = Entry(value)


class Entry:
    is_read = False

    def __init__(self, value):
        self.outer = self.inner = value


def container_of(store: Store, **slots) -> Container:
    made = Container(store)
    made.slots.update(slots)
    return made


def test_a_branch_is_taken_back_and_done_again():
    store = Store()
    names = container_of(store, x=weak(1))
    mark = store.begin()
    store.write(names, "x", weak(2), "here")
    store.write(names, "y", weak(3))
    assert store.has_written(mark)
    delta = store.take_back(mark)
    assert names.slots["x"].constant == 1 and store.read(names, "y") is UNBOUND
    assert [key for _, key in delta] == ["x", "y"]
    store.redo(delta)
    assert names.slots["x"].constant == 2 and names.origins["x"] == "here"


def test_what_is_born_in_a_branch_needs_no_journal():
    store = Store()
    mark = store.begin()
    inside = container_of(store)
    store.write(inside, "x", weak(1))
    assert not store.has_written(mark) and not store.take_back(mark)
    assert inside.slots["x"].constant == 1


def test_branches_that_an_exception_left_open_are_taken_back_with_the_one_around():
    store = Store()
    names = container_of(store, x=weak(1))
    outer = store.begin()
    store.write(names, "x", weak(2))
    store.begin()
    store.write(names, "x", weak(3))
    store.take_back(outer)
    assert names.slots["x"].constant == 1 and len(store.marks) == 1


def test_loops_are_told_of_the_first_touch_from_the_outside_in():
    store = Store()
    before = container_of(store, x=weak(1))
    outer = Loop(store)
    between = container_of(store, y=weak(2))
    inner = Loop(store)
    store.read(between, "y")
    assert not outer.entries and list(inner.entries) == [(between, "y")]
    store.write(before, "x", weak(5))
    assert (before, "x") in outer.entries and (before, "x") in inner.entries
    assert store.read_around(inner, before, "x").constant == 1


def test_reading_what_an_iteration_begins_with_is_noted():
    store = Store()
    names = container_of(store, x=weak(1), y=weak(1))
    loop = Loop(store)
    store.write(names, "x", weak(2))
    store.read(names, "x")
    store.read(names, "y")
    assert not loop.entries[names, "x"].is_read and loop.entries[names, "y"].is_read
