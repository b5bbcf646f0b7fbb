"""What a kernel reads from around it may change between calls, as for any Python function."""


import dsl

FACTOR = 2.0
TABLE = [1.0, 2.0]


def scaled(x):
    return x * FACTOR


@dsl.kernel
def total(x):
    return scaled(x) + TABLE[1]


def test_a_global_that_is_rebound_is_seen(monkeypatch):
    assert total(3.0) == total.python(3.0) == 8.0
    monkeypatch.setitem(globals(), "FACTOR", 5.0)
    assert total(3.0) == total.python(3.0) == 17.0
    assert dsl.grad(total)(3.0) == 5.0


def test_a_derivative_sees_it_too(monkeypatch):
    gradient = dsl.grad(total)
    assert gradient(1.0) == 2.0
    monkeypatch.setitem(globals(), "FACTOR", 7.0)
    assert gradient(1.0) == 7.0


def test_a_list_that_changes_inside_is_seen():
    assert total(1.0) == 4.0
    TABLE[1] = 10.0
    try:
        assert total(1.0) == total.python(1.0) == 12.0
    finally:
        TABLE[1] = 2.0


def test_a_helper_that_is_replaced_is_seen(monkeypatch):
    assert total(1.0) == 4.0
    monkeypatch.setitem(globals(), "scaled", lambda x: x - 100.0)
    assert total(1.0) == total.python(1.0) == -97.0


def test_a_closure_variable_that_is_rebound_is_seen():
    factor = 1.0

    @dsl.kernel
    def times(x):
        return factor * x

    assert times(2.0) == 2.0
    factor = 9.0
    assert times(2.0) == 18.0


def test_nothing_is_compiled_again_while_nothing_changes():
    total(1.0)
    compiled = dict(total._by_signature)
    total(2.0)
    assert total._by_signature == compiled
