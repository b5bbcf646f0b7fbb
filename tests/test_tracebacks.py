"""The traceback of a refusal: the user's frames, and one of ours at most."""

import traceback
from pathlib import Path

import pytest

import dsl

PACKAGE = str(Path(dsl.__file__).resolve().parent)


def refused(x):
    return x + {1, 2}


CALLS = {
    "call": lambda: dsl.kernel(refused)(1.0), "grad": lambda: dsl.grad(refused)(1.0),
    "keyword": lambda: dsl.value_and_grad(refused)(x=1.0), "hessian": lambda: dsl.hessian(refused)(1.0),
    "vjp": lambda: dsl.vjp(refused, 1.0), "pullback": lambda: dsl.vjp(lambda x: 2.0 * x, 1.0)[1]((1.0, 2.0)),
    "jvp": lambda: dsl.jvp(refused, (1.0,), (1.0,)), "arguments": lambda: dsl.kernel(refused)(1.0, 2.0),
    "ir": lambda: dsl.kernel(refused).ir(1.0), "compile": lambda: dsl.compile(refused, 1.0),
    "load": lambda: dsl.load(__file__), "stored": lambda: dsl.compile(lambda x: x, 1.0)(1.0, 2.0),
    "integer": lambda: dsl.grad(lambda n: n * 0.5)(3),
}  # fmt: skip


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_refusal_shows_the_frames_of_the_user(call):
    with pytest.raises(dsl.Error) as caught:
        call()
    error = caught.value
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(PACKAGE)]
    text = "".join(traceback.format_exception(error))
    assert len(ours) <= 1 and text.count("Traceback") == 1
    assert error.__cause__ is None and error.__suppress_context__
    assert len(text) < 2000
