"""Options and bonds."""

import math

import numpy as np

from tests.corpus import Routine


def normal(x):
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


def black_scholes(spot, strike, rate, volatility, time):
    spread = volatility * math.sqrt(time)
    d1 = (math.log(spot / strike) + (rate + 0.5 * volatility**2) * time) / spread
    return spot * normal(d1) - strike * math.exp(-rate * time) * normal(d1 - spread)


def binomial_american_put(spot, strike, rate, volatility, time, steps):
    """Cox-Ross-Rubinstein tree with early exercise, one column kept in place."""
    dt = time / steps
    up = math.exp(volatility * math.sqrt(dt))
    down = 1.0 / up
    p = (math.exp(rate * dt) - down) / (up - down)
    discount = math.exp(-rate * dt)
    value = np.zeros(steps + 1)
    for i in range(steps + 1):
        value[i] = max(strike - spot * up**i * down ** (steps - i), 0.0)
    for n in range(steps - 1, -1, -1):
        for i in range(n + 1):
            hold = discount * (p * value[i + 1] + (1.0 - p) * value[i])
            value[i] = max(hold, strike - spot * up**i * down ** (n - i))
    return value[0]


def implied_volatility(price, spot, strike, rate, time):
    """Newton's method on Black-Scholes, with the vega in closed form."""
    sigma = 0.3
    for _ in range(20):
        error = black_scholes(spot, strike, rate, sigma, time) - price
        if abs(error) < 1e-12:
            break
        d1 = (math.log(spot / strike) + (rate + 0.5 * sigma**2) * time) / (sigma * math.sqrt(time))
        sigma -= error / (spot * math.exp(-0.5 * d1 * d1) / math.sqrt(2.0 * math.pi) * math.sqrt(time))
    return sigma


ROUTINES = [
    Routine(black_scholes, (100.0, 105.0, 0.03, 0.25, 0.75), None, (0, 1, 2, 3, 4)),
    Routine(binomial_american_put, (100.0, 105.3, 0.03, 0.25, 0.75, 20), None, (0, 1, 2, 3, 4)),
    Routine(implied_volatility, (8.0, 100.0, 105.0, 0.03, 0.75), None, (0, 1, 2, 3, 4)),
]
