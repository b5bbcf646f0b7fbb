"""Hand tracking: a mesh skinned over bones, and how far it is from measured points. No import of the language here."""

import math

import numpy as np

FINGERS, BONES_OF_FINGER = 5, 4


def angle_axis(r, out):
    """The rotation matrix of an angle-axis vector."""
    angle = math.sqrt(r[0] * r[0] + r[1] * r[1] + r[2] * r[2])
    if angle < 1e-4:
        for i in range(3):
            for j in range(3):
                out[i, j] = 1.0 if i == j else 0.0
        return
    x, y, z = r[0] / angle, r[1] / angle, r[2] / angle
    c, s = math.cos(angle), math.sin(angle)
    out[0, 0], out[0, 1], out[0, 2] = x * x + (1 - x * x) * c, x * y * (1 - c) - z * s, x * z * (1 - c) + y * s
    out[1, 0], out[1, 1], out[1, 2] = x * y * (1 - c) + z * s, y * y + (1 - y * y) * c, y * z * (1 - c) - x * s
    out[2, 0], out[2, 1], out[2, 2] = x * z * (1 - c) - y * s, y * z * (1 - c) + x * s, z * z + (1 - z * z) * c


def euler(x, z, y, out):
    """The rotation matrix about z, y and x in turn."""
    cx, sx, cy, sy, cz, sz = math.cos(x), math.sin(x), math.cos(y), math.sin(y), math.cos(z), math.sin(z)
    out[0, 0], out[0, 1], out[0, 2] = cz * cy, -sz * cx - cz * sy * sx, sz * sx - cz * sy * cx
    out[1, 0], out[1, 1], out[1, 2] = sz * cy, cz * cx - sz * sy * sx, -cz * sx - sz * sy * cx
    out[2, 0], out[2, 1], out[2, 2] = sy, cy * sx, cy * cx


def multiply(a, b, out):
    """Of two affine maps, 3x4 each."""
    for i in range(3):
        for j in range(4):
            total = a[i, 3] if j == 3 else 0.0
            for k in range(3):
                total += a[i, k] * b[k, j]
            out[i, j] = total


def angles_of(theta, angles):
    """The angles of each bone: of each finger one flexes and spreads, two flex, and the tip stays."""
    at = 6
    for finger in range(FINGERS):
        for joint in range(BONES_OF_FINGER - 1):
            bone = 1 + finger * BONES_OF_FINGER + joint
            angles[bone, 0] = theta[at]
            at += 1
            if joint == 0:
                angles[bone, 1] = theta[at]
                at += 1


def distances(theta, relatives, inverses, parents, vertices, weights, seen, points):
    """What is between each measured point and the vertex of the posed hand that it belongs to.

    theta: 26 parameters, global rotation, global translation and four angles a finger; relatives, inverses: of the rest
    pose, (bones, 3, 4); weights: (bones, vertices)."""
    bones, count = relatives.shape[0], vertices.shape[0]
    angles = np.zeros((bones, 3))
    angles_of(theta, angles)
    turn, relative = np.zeros((3, 4)), np.zeros((3, 4))
    absolute, transform = np.zeros((bones, 3, 4)), np.zeros((bones, 3, 4))
    for b in range(bones):
        euler(angles[b, 0], angles[b, 1], angles[b, 2], turn)
        if parents[b] < 0:
            multiply(relatives[b], turn, absolute[b])
        else:
            multiply(relatives[b], turn, relative)
            multiply(absolute[parents[b]], relative, absolute[b])
        multiply(absolute[b], inverses[b], transform[b])
    posed = np.zeros((count, 3))
    for b in range(bones):
        for v in range(count):
            for i in range(3):
                moved = transform[b, i, 3]
                for k in range(3):
                    moved += transform[b, i, k] * vertices[v, k]
                posed[v, i] += weights[b, v] * moved
    whole = np.zeros((3, 3))
    angle_axis(theta[0:3], whole)
    out = np.zeros((points.shape[0], 3))
    for p in range(points.shape[0]):
        v = seen[p]
        for i in range(3):
            placed = theta[3 + i]
            for k in range(3):
                placed += whole[i, k] * posed[v, k]
            out[p, i] = points[p, i] - placed
    return out
