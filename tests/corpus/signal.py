"""Transforms and filters."""

import math
from dataclasses import dataclass

import numpy as np

from tests.corpus import Routine


def fft(re, im):
    """Radix-2 Cooley-Tukey, in place, on separate real and imaginary parts."""
    n = len(re)
    j = 0
    for i in range(1, n):
        bit = n >> 1
        while j & bit:
            j ^= bit
            bit >>= 1
        j |= bit
        if i < j:
            re[i], re[j] = re[j], re[i]
            im[i], im[j] = im[j], im[i]
    length = 2
    while length <= n:
        angle = -2.0 * math.pi / length
        for start in range(0, n, length):
            for k in range(length // 2):
                c, s = math.cos(angle * k), math.sin(angle * k)
                a, b = start + k, start + k + length // 2
                x = re[b] * c - im[b] * s
                y = re[b] * s + im[b] * c
                re[b], im[b] = re[a] - x, im[a] - y
                re[a], im[a] = re[a] + x, im[a] + y
        length *= 2


def spectral_centroid(re, im):
    fft(re, im)
    weight, total = 0.0, 0.0
    for k in range(len(re) // 2):
        power = re[k] ** 2 + im[k] ** 2
        weight += k * power
        total += power
    return weight / total


def convolve(signal, kernel, out):
    for i in range(len(out)):
        out[i] = 0.0
        for j in range(len(kernel)):
            if 0 <= i - j < len(signal):
                out[i] += signal[i - j] * kernel[j]
    return out


def convolution_energy(signal, kernel, out):
    convolve(signal, kernel, out)
    return sum([v * v for v in out])


def haar(a):
    """The Haar wavelet transform in place, by way of a scratch array."""
    scratch = np.empty(len(a))
    n = len(a)
    while n > 1:
        half = n // 2
        for i in range(half):
            scratch[i] = (a[2 * i] + a[2 * i + 1]) / math.sqrt(2.0)
            scratch[half + i] = (a[2 * i] - a[2 * i + 1]) / math.sqrt(2.0)
        for i in range(n):
            a[i] = scratch[i]
        n = half
    return a


def haar_sparsity(a):
    haar(a)
    total = 0.0
    for v in a:
        total += math.sqrt(v * v + 0.01)
    return total


@dataclass
class State:
    """Mean and covariance of position and velocity."""

    x: float
    v: float
    pxx: float
    pxv: float
    pvv: float

    def predict(self, dt: float, noise: float):
        self.x += self.v * dt
        self.pxx += dt * (2.0 * self.pxv + dt * self.pvv)
        self.pxv += dt * self.pvv
        self.pvv += noise

    def update(self, z: float, r: float):
        gain = self.pxx + r
        kx, kv = self.pxx / gain, self.pxv / gain
        error = z - self.x
        self.x += kx * error
        self.v += kv * error
        self.pvv -= kv * self.pxv
        self.pxv *= 1.0 - kx
        self.pxx *= 1.0 - kx
        return 0.5 * (math.log(gain) + error * error / gain)


def kalman(measured, noise, r):
    """Negative log likelihood of measured positions under constant velocity."""
    state = State(0.0, 0.0, 1.0, 0.0, 1.0)
    total = 0.0
    for z in measured:
        state.predict(0.1, noise)
        total += state.update(z, r)
    return total


RNG = np.random.default_rng(11)

ROUTINES = [
    Routine(fft, (RNG.uniform(-1, 1, 16), RNG.uniform(-1, 1, 16)), spectral_centroid, (0, 1)),
    Routine(convolve, (RNG.uniform(-1, 1, 9), RNG.uniform(-1, 1, 3), np.zeros(11)), convolution_energy, (0, 1)),
    Routine(haar, (RNG.uniform(-1, 1, 8),), haar_sparsity, (0,)),
    Routine(kalman, (np.cumsum(RNG.uniform(-0.1, 0.3, 12)), 0.02, 0.5), None, (0, 1, 2)),
]
