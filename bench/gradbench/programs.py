"""The problems over plain arrays and loops. Nothing here imports the language: CPython runs every function as it is."""

import math

import numpy as np


def logsumexp(x):
    """The logarithm of a sum of exponentials, which must not overflow."""
    largest = x[0]
    for i in range(1, x.shape[0]):
        largest = max(largest, x[i])
    total = 0.0
    for i in range(x.shape[0]):
        total += math.exp(x[i] - largest)
    return largest + math.log(total)


def mixture(alpha, mu, q, l, x, gamma, m: int):
    """Log posterior of a Gaussian mixture with a Wishart prior, without the terms that are constant."""
    n, d = x.shape
    k = alpha.shape[0]
    beta = np.zeros(k)
    centred = np.zeros(d)
    logs = np.zeros(k)
    diagonal = np.zeros((k, d))
    squares = 0.0
    for c in range(k):
        for i in range(d):
            logs[c] += q[c, i]
            diagonal[c, i] = math.exp(q[c, i])
            squares += diagonal[c, i] * diagonal[c, i]
        for i in range(l.shape[1]):
            squares += l[c, i] * l[c, i]
    total = 0.0
    for p in range(n):
        for c in range(k):
            for i in range(d):
                centred[i] = x[p, i] - mu[c, i]
            distance = 0.0
            for i in range(d):
                row = diagonal[c, i] * centred[i]
                # the triangle under the diagonal is stored column by column
                for j in range(i):
                    row += l[c, j * d - j * (j + 1) // 2 + i - j - 1] * centred[j]
                distance += row * row
            beta[c] = alpha[c] + logs[c] - 0.5 * distance
        total += logsumexp(beta)
    prior = -0.5 * gamma * gamma * squares
    for c in range(k):
        prior += m * logs[c]
    return total - n * logsumexp(alpha) + prior


def kmeans(centroids, points):
    """The sum of the squared distances from each point to the centroid nearest to it."""
    total = 0.0
    for i in range(points.shape[0]):
        nearest = math.inf
        for j in range(centroids.shape[0]):
            distance = 0.0
            for c in range(points.shape[1]):
                distance += (points[i, c] - centroids[j, c]) ** 2
            nearest = min(nearest, distance)
        total += nearest
    return total


def sigmoid(x):
    return 1.0 / (1.0 + math.exp(-x))


def lstm(main, extra, state, sequence):
    """The loss of a recurrent network of diagonal weights that predicts the next row of a sequence.

    main: (2 * layers, 4, width), weights and biases of the gates in turn; extra: (3, width); state: (layers, 2, width),
    hidden and cell."""
    layers, width = state.shape[0], state.shape[2]
    state = state.copy()
    total = 0.0
    output = np.zeros(width)
    for t in range(sequence.shape[0] - 1):
        for i in range(width):
            output[i] = sequence[t, i] * extra[0, i]
        for layer in range(layers):
            for i in range(width):
                hidden = state[layer, 0, i]
                forget = sigmoid(output[i] * main[2 * layer, 0, i] + main[2 * layer + 1, 0, i])
                ingate = sigmoid(hidden * main[2 * layer, 1, i] + main[2 * layer + 1, 1, i])
                outgate = sigmoid(output[i] * main[2 * layer, 2, i] + main[2 * layer + 1, 2, i])
                change = math.tanh(hidden * main[2 * layer, 3, i] + main[2 * layer + 1, 3, i])
                state[layer, 1, i] = state[layer, 1, i] * forget + ingate * change
                state[layer, 0, i] = outgate * math.tanh(state[layer, 1, i])
                output[i] = state[layer, 0, i]
        exponentials = 2.0
        for i in range(width):
            output[i] = output[i] * extra[1, i] + extra[2, i]
            exponentials += math.exp(output[i])
        norm = math.log(exponentials)
        for i in range(width):
            total += sequence[t + 1, i] * (output[i] - norm)
    return -total / (width * (sequence.shape[0] - 1))


def slope(x, y, out):
    out[0] = x[0]
    for i in range(1, x.shape[0]):
        out[i] = x[i] * y[i - 1]


def ode(x, steps: int):
    """The last component at time 2 of y_0' = x_0, y_i' = x_i y_(i-1), by the Runge-Kutta method of fourth order."""
    n = x.shape[0]
    h = 2.0 / steps
    y, between = np.zeros(n), np.zeros(n)
    k1, k2, k3, k4 = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    for _ in range(steps):
        slope(x, y, k1)
        for i in range(n):
            between[i] = y[i] + h * k1[i] / 2.0
        slope(x, between, k2)
        for i in range(n):
            between[i] = y[i] + h * k2[i] / 2.0
        slope(x, between, k3)
        for i in range(n):
            between[i] = y[i] + h * k3[i]
        slope(x, between, k4)
        for i in range(n):
            y[i] += h * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]) / 6.0
    return y[n - 1]


def minor(a, rows, columns, size: int):
    """The determinant of what is left of `a`; rows and columns are linked lists whose heads stand at the end."""
    n = a.shape[0]
    row, column = rows[n], columns[n]
    if size == 1:
        return a[row, column]
    rows[n] = rows[row]
    total, sign, before = 0.0, 1.0, n
    for _ in range(size):
        columns[before] = columns[column]
        total += sign * a[row, column] * minor(a, rows, columns, size - 1)
        columns[before] = column
        before, column, sign = column, columns[column], -sign
    rows[n] = row
    return total


def determinant(a, size: int):
    """By expansion by minors, recursively; `size` is that of `a`."""
    n = a.shape[0]
    rows, columns = np.zeros(n + 1, dtype=np.int64), np.zeros(n + 1, dtype=np.int64)
    for i in range(n):
        rows[i], columns[i] = i + 1, i + 1
    return minor(a, rows, columns, size)


def least_squares(x, n: int):
    """Half the squared differences between the sign and a polynomial at n places between -1 and 1."""
    total = 0.0
    for i in range(n):
        t = -1.0 + i * 2.0 / (n - 1)
        rest = 1.0 if t > 0.0 else (-1.0 if t < 0.0 else 0.0)
        power = 1.0
        for j in range(x.shape[0]):
            rest -= x[j] * power
            power *= t
        total += rest * rest
    return total / 2.0


def rotate(r, x):
    """The point x turned by the angle-axis r, after Rodrigues."""
    square = r[0] * r[0] + r[1] * r[1] + r[2] * r[2]
    if square == 0.0:
        return (x[0] + r[1] * x[2] - r[2] * x[1], x[1] + r[2] * x[0] - r[0] * x[2], x[2] + r[0] * x[1] - r[1] * x[0])
    angle = math.sqrt(square)
    c, s = math.cos(angle), math.sin(angle)
    w = (r[0] / angle, r[1] / angle, r[2] / angle)
    along = (w[0] * x[0] + w[1] * x[1] + w[2] * x[2]) * (1.0 - c)
    return (
        x[0] * c + (w[1] * x[2] - w[2] * x[1]) * s + w[0] * along,
        x[1] * c + (w[2] * x[0] - w[0] * x[2]) * s + w[1] * along,
        x[2] * c + (w[0] * x[1] - w[1] * x[0]) * s + w[2] * along,
    )


def reprojection(camera, point, weight, feature, which: int):
    """How far a point is seen from where it was seen, in x (which = 0) or y; camera: rotation, centre, focal length,
    principal point, radial distortion."""
    turned = rotate(camera[0:3], (point[0] - camera[3], point[1] - camera[4], point[2] - camera[5]))
    u, v = turned[0] / turned[2], turned[1] / turned[2]
    square = u * u + v * v
    factor = 1.0 + camera[9] * square + camera[10] * square * square
    if which == 0:
        return weight * (u * factor * camera[6] + camera[7] - feature[0])
    return weight * (v * factor * camera[6] + camera[8] - feature[1])


def potential(x, y, w):
    """Of two unit charges, at (10, 0) and (10, 10 - w)."""
    return 1.0 / math.sqrt((x - 10.0) ** 2 + y**2) + 1.0 / math.sqrt((x - 10.0) ** 2 + (y - (10.0 - w)) ** 2)


def saddle_height(x, y):
    """Least in x and greatest in y at the origin."""
    return (x[0] * x[0] + x[1] * x[1]) - (y[0] * y[0] + y[1] * y[1])
