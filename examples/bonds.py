"""Key-rate durations of a bond: how its price moves with each of the rates that are quoted in the market.

    ./dev example bonds      prints a table, checks it, draws bonds.png

Par rates (the coupon at which a bond of so many years costs 100) are what is quoted. From them the curve of yields
follows year by year, each found by Newton's method; the bond is then priced off the curve, between whose points it
interpolates. The gradient runs through the Newton loops; the second derivatives are the gradient's own.
"""

import argparse
import math

import numpy as np

import dsl

YEARS = 10
COUPON = 0.06
PAR = np.array([0.021, 0.024, 0.026, 0.028, 0.030, 0.031, 0.032, 0.033, 0.0335, 0.034])


def solve_yield(rate, before, year):
    """The yield at which a par bond of that many years costs 1, given what its earlier coupons are worth."""
    y = rate
    while True:
        discount = math.exp(-year * y)
        error = rate * before + (1.0 + rate) * discount - 1.0
        if abs(error) < 1e-15:
            return y
        step = error / (year * (1.0 + rate) * discount)
        y += step
        if abs(step) < 1e-15:
            return y


def curve(par):
    """Continuously compounded yields for one year, two years, …"""
    yields = np.zeros(len(par))
    annuity = 0.0
    for k in range(len(par)):
        yields[k] = solve_yield(par[k], annuity, k + 1.0)
        annuity += math.exp(-(k + 1.0) * yields[k])
    return yields


def yield_at(yields, time):
    """Linear between whole years, flat outside them."""
    if time <= 1.0:
        return yields[0]
    left = min(int(time), len(yields) - 1)
    share = time - left
    return (1.0 - share) * yields[left - 1] + share * yields[left]


@dsl.kernel
def price(par):
    """A bond that pays half its coupon each half-year from three months on, and 100 at the end."""
    yields = curve(par)
    value, time = 0.0, 0.25
    while time < len(par) - 0.5:
        value += 50.0 * COUPON * math.exp(-time * yield_at(yields, time))
        time += 0.5
    return value + 100.0 * math.exp(-time * yield_at(yields, time))


sensitivity = dsl.grad(price)
convexity = dsl.jacfwd(sensitivity)


def bootstrapped(par):
    """The same price with the curve in closed form, for bumping: no Newton, no dsl."""
    discounts = []
    for rate in par:
        discounts.append((1.0 - rate * sum(discounts)) / (1.0 + rate))
    yields = [-math.log(d) / (k + 1) for k, d in enumerate(discounts)]
    times = np.arange(0.25, len(par) - 0.5, 0.5)
    flows = sum(50.0 * COUPON * math.exp(-t * yield_at(yields, t)) for t in times)
    end = times[-1] + 0.5
    return flows + 100.0 * math.exp(-end * yield_at(yields, end))


def bumped(function, par, k, h):
    """Richardson's extrapolation of central differences in one rate."""

    def central(step):
        up, down = par.copy(), par.copy()
        up[k] += step
        down[k] -= step
        return (function(up) - function(down)) / (2 * step)

    return (4.0 * central(h / 2) - central(h)) / 3.0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--picture", default="bonds.png", help="where to draw (default: %(default)s)")
    picture = parser.parse_args().picture

    value, slope, bend = price(PAR), sensitivity(PAR), convexity(PAR)
    print(f"price {value:.6f}, modified duration {-slope.sum() / value:.4f}\n")
    print("year  par rate  key-rate duration  by bumping  convexity to itself")
    for k in range(YEARS):
        bump = -bumped(bootstrapped, PAR, k, 1e-3) / value
        print(f"{k + 1:4d}  {PAR[k]:8.4f}  {-slope[k] / value:17.8f}  {bump:10.6f}  {bend[k, k] / value:19.6f}")
    check(value, slope, bend)
    draw(picture, -slope / value, bend / value)
    print("\ndrawn:", picture)


def check(value, slope, bend):
    """Against the closed form, bumped; second derivatives against bumped first ones, and symmetric."""
    assert abs(value - bootstrapped(PAR)) < 1e-10 * value
    for k in range(YEARS):
        assert abs(slope[k] - bumped(bootstrapped, PAR, k, 1e-3)) < 1e-8 * np.abs(slope).max()
        rows = bumped(sensitivity, PAR, k, 1e-3)
        assert np.abs(bend[:, k] - rows).max() < 1e-7 * np.abs(bend).max()
    assert np.abs(bend - bend.T).max() < 1e-9 * np.abs(bend).max()


def draw(path, durations, convexities):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    years = np.arange(1, YEARS + 1)
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4))
    left.bar(years, durations)
    left.set_yscale("log")
    left.set_xlabel("year of the par rate")
    left.set_title("key-rate durations")
    limit = np.abs(convexities).max()
    edges = (0.5, YEARS + 0.5, 0.5, YEARS + 0.5)
    shown = right.imshow(convexities, origin="lower", extent=edges, cmap="RdBu", vmin=-limit, vmax=limit)
    right.set_xlabel("year of one par rate")
    right.set_ylabel("and of the other")
    right.set_title("second derivatives over the price")
    for axes in (left, right):
        axes.set_xticks(years)
    figure.colorbar(shown)
    figure.tight_layout()
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    main()
