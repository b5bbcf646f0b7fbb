"""Refused uses of sequences, structs and arrays: message, arguments, and the program with a caret."""

import numpy as np

X, N, A = (1.5,), (3,), (np.array([1.0, 2.0, 3.0]),)

PROGRAMS = [
    # sequences
    ("too many values to unpack: 2 names, 3 values", X, """
def f(x):
    a, b = x, x, x
    ^
    return a
"""),
    ("cannot iterate over a float", X, """
def f(x):
    for i in x:
    ^
        pass
    return x
"""),
    ("a list of the module cannot be changed by a kernel", X, """
def f(x):
    COUNT[0] = 1
    ^
    return x
"""),
    ("a tuple of 2 cannot be changed", X, """
def f(x):
    t = (x, x)
    t[0] = 1.0
    ^
    return x
"""),
    ("a float as a key of a dict whose keys are known only at run time", X, """
def f(x):
    d = {1: 2.0}
    d[x] = 1.0
    ^
    return d[1]
"""),
    # lists whose length is known only at run time
    ("the kernel changes the length of the argument that is a list", ([1.0, 2.0],), """
def f(xs):
    if xs[0] > 0.0:
        xs.append(1.0)
    return sum(xs)
    ^
"""),
    ("this list is a list of 1 on one path and a list of 2 on another", X, """
def f(x):
    xs = [(x, x)]
    if x > 0.0:
        xs.append(x)
    return len(xs)
           ^
"""),
    ("a tuple of 2 is put into a list that holds a float", N, """
def f(n):
    xs = [0.0] * n
    xs.append((1, 2))
    ^
    return len(xs)
"""),
    ("an assignment to a slice of a list whose length is known only at run time", N, """
def f(n):
    xs = [0] * n
    xs[1:2] = [1]
    ^
    return len(xs)
"""),
    ("a list that was made outside, or has several names, is put into a list that grows", ([1.0], 3), """
def f(xs, n):
    rows = [[2.0]]
    for _ in range(n):
        rows.append([3.0])
    rows.append(xs)
    ^
    return len(rows)
"""),
    ("a kernel cannot return a list of tuples or structs that hold lists", N, """
def f(n):
    rows = []
    for k in range(n):
        rows.append((k, [k]))
    return rows
    ^
"""),
    ("copy.deepcopy of a list of lists whose number is known only at run time", N, """
def f(n):
    rows = [[k] for k in range(n)]
    rows[0].append(1)
    return len(copy.deepcopy(rows))
               ^
"""),
    ("< of lists whose length is known only at run time", N, """
def f(n):
    return [0] * n < [1] * n
           ^
"""),
    ("what a loop goes over changes its length", N, """
def f(n):
    xs = [0] * n
    for a, b in zip(xs, xs):
    ^
        xs.append(a + b)
    return len(xs)
"""),
    # structs
    ("cannot assign to field 'x' of a Frozen, which is frozen", X, """
def f(x):
    p = Frozen(x)
    p.x = 1.0
    ^
    return p.x
"""),
    ("cannot assign to field 'x' of a Named, which is frozen", X, """
def f(x):
    p = Named(x)
    p.x = 1.0
    ^
    return p.x
"""),
    ("a Mutable of the module cannot be changed by a kernel", X, """
def f(x):
    SHARED.x = x
    ^
    return x
"""),
    ("a Frozen has no attribute 'y' in the language", X, """
def f(x):
    return Frozen(x).y
           ^
"""),
    ("Frozen() is missing the argument 'x'", X, """
def f(x):
    return Frozen().x
           ^
"""),
    ("unsupported operands of +: a Frozen and a Frozen", X, """
def f(x):
    return Frozen(x) + Frozen(x)
           ^
"""),
    ("a Mutable is changed, but another name may mean the same one", X, """
def f(x):
    if x > 0.0:
        p = q = Mutable(x)
    else:
        p, q = Mutable(1.0), Mutable(2.0)
    p.x = 5.0
    ^
    return q.x
"""),
    # arrays
    ("an array dsl.f64[3] of the module cannot be changed by a kernel", X, """
def f(x):
    FIXED[0] = x
    ^
    return x
"""),
    ("an index has to be an int, found a float", A, """
def f(a):
    return a[1.0]
           ^
"""),
    ("too many indices: 2 for an array of 1 dimensions", A, """
def f(a):
    return a[0, 1]
           ^
"""),
    ("an index by an array, a list or a mask", A, """
def f(a):
    return a[a > 1.0]
           ^
"""),
    ("operands of different shapes: 3 and 2 elements", A, """
def f(a):
    return a + np.zeros(2)
           ^
"""),
    ("the size of this array is known only at run time", A, """
def f(a):
    n = int(a[0])
    return np.zeros(n)[0]
           ^
"""),
    ("a slice's step has to be known at compile time", (*A, 2), """
def f(a, n):
    return a[::n][0]
           ^
"""),
    ("arrays of <class 'complex'> are not in the language", X, """
def f(x):
    return np.zeros(3, dtype=complex)[0]
           ^
"""),
    ("a call of numpy.linalg.svd, which the language does not have", A, """
def f(a):
    return np.linalg.svd(a)
           ^
"""),
    ("a condition needs a number, found an array", A, """
def f(a):
    if a > 1.0:
       ^
        return 1.0
    return 2.0
"""),
    ("an array dsl.f64[3] is changed, but another name may mean the same one", X, """
def f(x):
    if x > 0.0:
        a = b = np.zeros(3)
    else:
        a, b = np.ones(3), np.zeros(3)
    a[0] = x
    ^
    return b[0]
"""),
    ("a kernel cannot return a range", N, """
def f(n):
    return range(n)
    ^
"""),
    ("a kernel cannot return the function g", X, """
def f(x):
    def g(): return x
    return g
    ^
"""),
]
