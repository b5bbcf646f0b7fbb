"""Refused syntax, names, numbers, calls and strings: message, arguments, and the program with a caret."""

X, N = (1.5,), (3,)

PROGRAMS = [
    # syntax
    ("a class inside of a kernel is not in the language", X, """
def f(x):
    class C: pass
    ^
    return x
"""),
    ("an except clause needs classes of exceptions", X, """
def f(x):
    try:
        return 1.0 / x
    except "ZeroDivisionError":
           ^
        return 0.0
"""),
    ("return in a finally drops what was raised", X, """
def f(x):
    try:
        x = 1.0 / x
    finally:
        return x
        ^
"""),
    ("may raise ZeroDivisionError, which a try around it catches", X, """
def f(x):
    try:
        return shares_of(int(x))
    except ZeroDivisionError:
        return 0.0
"""),
    ("with is not in the language", X, """
def f(x):
    with open("a") as g:
    ^
        return x
"""),
    ("import inside of a kernel is not in the language", X, """
def f(x):
    import math
    ^
    return math.sin(x)
"""),
    ("import inside of a kernel is not in the language", X, """
def f(x):
    from math import sin
    ^
    return sin(x)
"""),
    ("del of a name or an attribute is not in the language", X, """
def f(x):
    y = x
    del y
    ^
    return x
"""),
    ("a set is not in the language", X, """
def f(x):
    y = {x, 2.0}
        ^
    return x
"""),
    ("a set comprehension is not in the language", X, """
def f(x):
    return len({k for k in range(3)})
               ^
"""),
    ("f is a generator function", X, """
def f(x):
    yield x
    ^
"""),
    ("f is a generator function", X, """
def f(x):
    y = x
    yield from [x]
    ^
"""),
    ("an async function is not in the language", X, """
def f(x):
    async def g(): return x
    ^
    return x
"""),
    ("coroutine is an async function", X, """
def f(x):
    return coroutine(x)
           ^
"""),
    ("assignment to the global name total", X, """
def f(x):
    global total
    total = x
    ^
    return x
"""),
    ("assignment to the global name total", X, """
def f(x):
    global total
    total += 1
    ^
    return x
"""),
    ("with is not in the language", X, """
def f(x):
    return helper_with_file(x)
"""),
    # names
    ("name 'undefined' is not defined", X, """
def f(x):
    return undefined + x
           ^
"""),
    ("y has no value here in the first iteration of the loop", N, """
def f(n):
    s = 0
    for i in range(n):
        s += y
             ^
        y = i
    return s
"""),
    ("y is a bool on one path and a float on another", X, """
def f(x):
    if x > 0.0:
        y = True
    else:
        y = 2.0
    return y
           ^
"""),
    ("s is a bool before the loop and a float after an iteration", N, """
def f(n):
    s = False
    for i in range(n):
    ^
        s = s + 0.5
    return s
"""),
    ("s is a bool before the loop and a float after an iteration", N, """
def f(n):
    s = False
    while s < n:
    ^
        s += 0.5
    return s
"""),
    ("y is a float on one path and a tuple of 2 on another", X, """
def f(x):
    y = x
    if x > 0.0:
        y = (x, x)
    return y
           ^
"""),
    ("y is None or a tuple of 2 on one path and a float on another", X, """
def f(x):
    y = None
    if x > 0.0:
        y = (x, x)
    if x > 1.0:
        y = x
    return y
           ^
"""),
    ("what f returns is a bool on one path and a float on another", X, """
def f(x):
^
    if x > 0.0:
        return True
    return x
"""),
    ("this expression is a bool on one path and a float on another", X, """
def f(x):
    return True if x > 0.0 else x
           ^
"""),
    ("the type of a number that is an int or a float, depending on the path", X, """
def f(x):
    y = 1 if x > 0.0 else x
    return isinstance(y, int)
           ^
"""),
    ("list indices must be integers or slices, not float", X, """
def f(x):
    y = 1 if x > 0.0 else x
    return [x, x][y]
           ^
"""),
    ("& needs ints, found an int or a float", N, """
def f(n):
    s = 0
    for i in range(n):
        s += i * 0.5
    return s & 1
           ^
"""),
    # numbers
    ("complex numbers are not in the language", X, """
def f(x):
    return x * 2j
               ^
"""),
    ("complex numbers are not in the language", X, """
def f(x):
    return complex(x, 1.0)
           ^
"""),
    ("& needs ints, found a float", X, """
def f(x):
    return x & 1
           ^
"""),
    ("~ needs an int, found a float", X, """
def f(x):
    return ~x
           ^
"""),
    ("range needs ints, found a float", X, """
def f(x):
    for i in range(x):
             ^
        pass
    return x
"""),
    ("unsupported operands of +: a float and the str 'a'", X, """
def f(x):
    return x + "a"
           ^
"""),
    ("a tuple of 1 repeated a number of times that is not known", (1.5, 2), """
def f(x, n):
    return (x,) * n
           ^
"""),
    ("round of a float32 with a number of digits that is not known at compile time", (1.5, 2), """
def f(x, n):
    return round(np.float32(x), n)
           ^
"""),
    ("sin takes 1 arguments, found 2", X, """
def f(x):
    return math.sin(x, x)
           ^
"""),
    ("sin needs a number, found a tuple of 2", X, """
def f(x):
    return math.sin((x, x))
           ^
"""),
    ("a condition needs a number, found a string of run-time values", X, """
def f(x):
    if f"{x}":
       ^
        return 1.0
    return 2.0
"""),
    ("`is` between numbers or tuples", X, """
def f(x):
    return x is 1.5
           ^
"""),
    # calls
    ("a call of time.time, which the language does not have", X, """
def f(x):
    return time.time() + x
           ^
"""),
    ("open() opens a file", X, """
def f(x):
    open("a")
    ^
    return x
"""),
    ("input() reads from the terminal", X, """
def f(x):
    return float(input()) + x
                 ^
"""),
    ("eval() runs text as a program", X, """
def f(x):
    return eval("x")
           ^
"""),
    ("helper() is missing the argument 'b'", X, """
def helper(a, b):
    return a
def f(x):
    return helper(x)
           ^
"""),
    ("got an unexpected keyword argument 'c'", X, """
def helper(a):
    return a
def f(x):
    return helper(x, c=1)
           ^
"""),
    ("got multiple values for argument 'a'", X, """
def helper(a):
    return a
def f(x):
    return helper(x, a=1)
           ^
"""),
    ("takes 1 positional arguments but 2 were given", X, """
def helper(a):
    return a
def f(x):
    return helper(x, x)
           ^
"""),
    ("an int cannot be called", X, """
def f(x):
    g = 3
    return g(x)
           ^
"""),
    ("a call of the class Plain", X, """
def f(x):
    return len([Plain(), NAMES.keys, os.environ(x)])
                                     ^
"""),
    ("never returns anything that would say what its result is", N, """
def endless(n):
    return endless(n + 1) + 1
def f(n):
    return endless(n)
           ^
"""),
    # strings, prints, raises
    ("a string of run-time values cannot be padded", X, """
def f(x):
    y = f"{x}"
    print(f"{y:10}")
          ^
    return x
"""),
    ("a format spec has to be known at compile time", (1.5, 2), """
def f(x, n):
    print(f"{x:.{n}f}")
          ^
    return x
"""),
    ("the exception Local is a class inside of a function, and nothing catches it", X, """
def f(x):
    if x > 0.0:
        raise Local("no")
              ^
    return x
"""),
    ("the cause of an exception is None or an exception that was caught", X, """
def f(x):
    if x > 0.0:
        raise ValueError("no") from KeyError
                                    ^
    return x
"""),
    ("a bare raise outside of an except clause", X, """
def f(x):
    if x > 0.0:
        raise
        ^
    return x
"""),
    ("an exception takes one message", X, """
def f(x):
    if x > 0.0:
        raise ValueError("no", x)
              ^
    return x
"""),
]
