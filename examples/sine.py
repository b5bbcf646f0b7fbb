"""The program of the ∂P paper (Innes et al., 2019): sine by its series, with an early return, differentiated.

    ./dev example            prints values, derivatives and both IRs, checks them, draws sine.png

The derivative is that of the program as written, terms that are skipped included; against cos it is off by the terms
that the early return leaves out. The picture shows how much.
"""

import argparse
import contextlib
import io
import math

import numpy as np

import dsl


@dsl.kernel
def sine(x):
    t = 0.0
    sign = -1.0
    for i in range(1, 20):
        if i % 2 == 1:
            newterm = x**i / math.factorial(i)
            if abs(newterm) < 1e-8:
                return t
            print("i=", i)
            sign = -sign
            t += sign * newterm
    return t


derivative = dsl.grad(sine)


def forward(x):
    """The derivative by forward mode."""
    return dsl.jvp(sine, (x,), (1.0,))[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--picture", default="sine.png", help="where to draw (default: %(default)s)")
    picture = parser.parse_args().picture

    print("sine(1.0) =", sine(1.0))
    print("reverse mode:", derivative(1.0))
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        print("forward mode:", forward(1.0))
    print(printed.getvalue().splitlines()[-1])

    print("\n--- primal\n" + sine.ir(1.0, stage="primal"))
    print("\n--- adjoint\n" + sine.ir(1.0, stage="adjoint"))

    check()
    draw(picture)
    print("drawn:", picture)


def check():
    """What the paper prints, in both modes, and the terms in order."""
    for mode in (derivative, forward):
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            value = mode(1.0)
        assert abs(value - 0.5403023037918872) <= 2 * math.ulp(0.5403023037918872), value
        assert printed.getvalue() == "".join(f"i= {i}\n" for i in (1, 3, 5, 7, 9, 11)), printed.getvalue()


def draw(path):
    """The derivative's distance from cos, beside what the first skipped term would have added."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    points = np.linspace(0.05, 3.1, 400)
    with contextlib.redirect_stdout(io.StringIO()):
        found = np.array([derivative(float(x)) for x in points])
    figure, axes = plt.subplots(figsize=(8, 4))
    axes.semilogy(points, np.abs(found - np.cos(points)) + 1e-18, label="|dsl.grad(sine)(x) - cos(x)|")
    axes.semilogy(points, first_skipped(points), ":", label="derivative of the first skipped term")
    axes.set_xlabel("x")
    axes.set_title("The gradient of the series is exact: what is left is the series' own truncation")
    axes.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def first_skipped(points):
    """i * x^(i-1) / i! at the first odd i whose term is below 1e-8."""
    return np.array([next(first_terms(x)) for x in points])


def first_terms(x):
    for i in range(1, 41, 2):
        if x**i / math.factorial(i) < 1e-8:
            yield x ** (i - 1) / math.factorial(i - 1)


if __name__ == "__main__":
    main()
