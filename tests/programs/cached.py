"""Programs whose runs are compared between processes: the results are printed as JSON, with what it took.

    python -m tests.programs.cached            all of them
    python -m tests.programs.cached global 2.0 one that reads a value from around it
"""

import contextlib
import functools
import io
import json
import math
import sys
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

import dsl
from dsl.program.disk import STATS

SCALE = 2.0
WHICH = 0
TABLE = {"a": [1.0, 2.0], "b": np.arange(4.0)}


class Config:
    """Read by attribute."""

    def __init__(self):
        self.scale = 3.0

    @property
    def twice(self):
        return 2.0 * self.scale


CONFIG = Config()


class Pair(NamedTuple):
    a: float
    b: float


@dataclass
class Body:
    x: float
    v: float = 1.0
    path: list = field(default_factory=list)

    gravity = 9.81

    def energy(self):
        return 0.5 * self.v * self.v + self.gravity * self.x


@dataclass(frozen=True)
class Frozen:
    x: float
    label: str = "frozen"


def sine(x):
    t, sign = 0.0, -1.0
    for i in range(1, 20):
        if i % 2 == 1:
            newterm = x**i / math.factorial(i)
            if abs(newterm) < 1e-8:
                return t
            sign = -sign
            t += sign * newterm
    return t


def closing(k, values):
    def inner(x):
        return k * x + values[1]

    return inner


def chatty(x, n):
    for i in range(n):
        print("step", i, f"{x:.3f}")
        x = x * 0.5
    return x


def failing(x):
    if x > 1.0:
        raise ValueError(f"too much: {x}")
    a = np.zeros(3)
    return a[int(x * 10.0)]


def bodies(first, second, dt):
    first.x = first.x + dt * first.v
    second.v = second.v - dt * second.gravity
    return first.energy() + second.energy()


def rebuilt(body, dt):
    return Body(body.x + dt, body.v), Pair(body.x, dt), {"k": [body.v]}, Frozen(dt), None, "text", math.sin


def exchanged(a, b):
    a[0], b[0] = b[0], a[0] + 1.0
    return a.sum()


def around(x):
    return x * TABLE["a"][1] + TABLE["b"][3] + CONFIG.scale * CONFIG.twice


def applied(f, x):
    return f(x) + 1.0


@dsl.custom_vjp
def clipped(x):
    return max(0.0, x)


clipped.defvjp(lambda x: (clipped(x), x), lambda x, ct: (ct * 10.0,))


@dsl.custom_root(lambda x, a: x * x - a)
def root(a):
    x = a
    for _ in range(20):
        x = 0.5 * (x + a / x)
    return x


def chosen(x):
    if WHICH == 0:
        return x
    return x * SCALE


def note(call):
    """What a call returned, printed or raised."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        try:
            result = repr(call())
        except Exception as error:
            result = f"{type(error).__name__}: {error} {getattr(error, '__notes__', '')}"
    return [result, out.getvalue()]


def everything():
    first, second = Body(1.0), Body(2.0, 0.5)
    a, b = np.array([1.0, 2.0]), np.array([5.0, 6.0])
    made = dsl.kernel(rebuilt)(Body(1.0), 0.5)
    vjp = dsl.vjp(dsl.kernel(bodies), Body(1.0), Body(2.0), 0.1)[1]
    return {
        "value": note(lambda: dsl.kernel(sine)(1.0)),
        "gradient": note(lambda: dsl.grad(sine)(1.0)),
        "second": note(lambda: dsl.grad(dsl.grad(sine))(1.0)),
        "hessian": note(lambda: dsl.hessian(sine)(1.0)),
        "closure": note(lambda: dsl.kernel(closing(3.0, [1.0, 2.0]))(1.5)),
        "lambda": note(lambda: [f(2.0) for f in (dsl.grad(lambda x: x * x), dsl.grad(lambda x: x + x))]),
        "print": note(lambda: dsl.kernel(chatty)(1.0, 3)),
        "raise": note(lambda: dsl.kernel(failing)(1.5)),
        "index": note(lambda: dsl.kernel(failing)(0.9)),
        "updated": note(lambda: (dsl.kernel(bodies)(first, second, 0.1), first, second)),
        "pullback": note(lambda: vjp(1.0)),
        "jvp": note(lambda: dsl.jvp(dsl.kernel(sine), (1.0,), (2.0,))),
        "classes": note(lambda: (made, [type(part).__module__ for part in made], type(made[0]) is Body, made[-1] is math.sin)),
        "exchanged": note(lambda: (dsl.kernel(exchanged)(a, b), a, b)),
        "around": note(lambda: dsl.value_and_grad(around)(0.5)),
        "function": note(lambda: (dsl.kernel(applied)(sine, 1.0), dsl.kernel(applied)(closing(2.0, (0.0, 1.0)), 1.0))),
        "partial": note(lambda: dsl.grad(functools.partial(applied, math.exp))(0.5)),
        "rule": note(lambda: dsl.grad(lambda x: clipped(x) * 2.0)(0.5)),
        "root": note(lambda: dsl.value_and_grad(root)(2.0)),
        "method": note(lambda: dsl.grad(Body.energy)(Body(1.0, 2.0))),
        "float32": note(lambda: dsl.kernel(lambda x: x * x)(np.float32(1.1))),
        "array": note(lambda: dsl.grad(lambda x: (x * x).sum())(np.arange(3.0))),
    }  # fmt: skip


def main(which="everything", *values):
    global SCALE, WHICH
    if which == "everything":
        seen = everything()
    elif which == "global":
        SCALE, WHICH = float(values[0]), 1
        seen = {"global": dsl.kernel(chosen)(1.5)}
    elif which == "branch":
        WHICH, SCALE = int(values[0]), float(values[1])
        seen = {"branch": dsl.kernel(chosen)(1.5)}
    else:
        kernel, found, WHICH = dsl.kernel(chosen), [], 1
        for SCALE in (2.0, 3.0, 2.0):
            found.append(kernel(1.5))
        seen = {"change": found}
    compiler = sys.modules.get("dsl.runtime.compiler")
    print(json.dumps({
        "seen": seen, "hits": STATS.hits, "misses": STATS.misses, "uncacheable": dict(STATS.uncacheable),
        "compiler": any(name.startswith("iree.compiler") for name in sys.modules),
        "worker": compiler is not None and any(worker._process is not None for worker in compiler.WORKERS.all),
    }))  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
