"""What a loop goes over: things known one by one, and mutable ones as they are when it is their turn."""

import pytest

from dsl.frontend.values.iterables import Sequence, of_items, of_live
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import Scalar, weak

M = object()


def test_items_one_by_one():
    sequence = of_items(iter("abc"))
    assert sequence.is_static and sequence.length.constant == 3
    assert list(sequence.items(M)) == ["a", "b", "c"]


def test_live_items_are_read_when_it_is_their_turn():
    held = [1, 2, 3]
    seen = []
    for item in of_live(M, lambda m: list(held)).items(M):
        seen.append(item)
        held[-1] += 10
    assert seen == [1, 2, 23]


def test_a_length_that_changes_is_refused():
    held = [1, 2]
    with pytest.raises(Refused, match="changes its length"):
        for _ in of_live(M, lambda m: list(held)).items(M):
            held.append(3)


def test_a_length_known_only_at_run_time():
    high = Scalar(weak(0).dtype, True, ssa="n")
    sequence = Sequence(weak(0), high, lambda m, k: k)
    assert not sequence.length.is_constant and sequence.length.ssa == "n"
    assert Sequence(weak(3), weak(1), lambda m, k: k).length.constant == 0
