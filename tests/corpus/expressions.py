"""Trees of classes taken apart by match, methods of base classes, errors that are caught: small interpreters."""

import math
from dataclasses import dataclass

from tests.corpus import Routine


@dataclass(frozen=True)
class Literal:
    value: float


@dataclass(frozen=True)
class Variable:
    name: str


@dataclass(frozen=True)
class Operation:
    symbol: str
    left: object
    right: object


@dataclass(frozen=True)
class Call:
    function: str
    argument: object


def evaluate(tree, x, y):
    """The value of an expression tree."""
    match tree:
        case Literal(value):
            return value
        case Variable("x"):
            return x
        case Variable():
            return y
        case Operation("+", left, right):
            return evaluate(left, x, y) + evaluate(right, x, y)
        case Operation("*", left, right):
            return evaluate(left, x, y) * evaluate(right, x, y)
        case Operation("/", left, right):
            return evaluate(left, x, y) / evaluate(right, x, y)
        case Call("sin", argument):
            return math.sin(evaluate(argument, x, y))
        case Call("log", argument):
            return math.log(evaluate(argument, x, y))
    raise ValueError("an unknown node")


def partial(tree, x, y):
    """The derivative of an expression tree for x, by the rules of the calculus, node by node."""
    match tree:
        case Variable(name):
            return 1.0 if name == "x" else 0.0
        case Operation("+", left, right):
            return partial(left, x, y) + partial(right, x, y)
        case Operation("*", left, right):
            return partial(left, x, y) * evaluate(right, x, y) + evaluate(left, x, y) * partial(right, x, y)
        case Operation("/", left, right):
            bottom = evaluate(right, x, y)
            return (partial(left, x, y) * bottom - evaluate(left, x, y) * partial(right, x, y)) / (bottom * bottom)
        case Call("sin", argument):
            return math.cos(evaluate(argument, x, y)) * partial(argument, x, y)
        case Call("log", argument):
            return partial(argument, x, y) / evaluate(argument, x, y)
        case _:
            return 0.0


def symbolic(x, y):
    """A value and a derivative of an expression that is a tree."""
    a, b = Variable("x"), Variable("y")
    tree = Operation("+", Operation("*", a, Call("sin", Operation("*", a, b))), Operation("/", Call("log", a), Literal(2.0)))
    return evaluate(tree, x, y) + partial(tree, x, y)


PROGRAM = (("push", 2.0), ("load", 0), ("mul",), ("load", 1), ("sub",), ("dup",), ("mul",), ("load", 0), ("div",))


def stack_machine(x, y):
    """A stack machine that runs a fixed program."""
    stack = [0.0]
    for instruction in PROGRAM:
        match instruction:
            case ("push", value):
                stack.append(value)
            case ("load", 0):
                stack.append(x)
            case ("load", _):
                stack.append(y)
            case ("dup",):
                stack.append(stack[-1])
            case (operator,):
                b, a = stack.pop(), stack.pop()
                match operator:
                    case "mul":
                        stack.append(a * b)
                    case "sub":
                        stack.append(a - b)
                    case "div":
                        stack.append(a / b)
    return stack[-1]


@dataclass
class Layer:
    weight: float

    def forward(self, v):
        return self.weight * v

    def penalty(self):
        return self.weight * self.weight


@dataclass
class Activated(Layer):
    bias: float

    def forward(self, v):
        return math.tanh(super().forward(v) + self.bias)


@dataclass
class Residual(Activated):
    scale: float

    def forward(self, v):
        return v + self.scale * super().forward(v)

    def penalty(self):
        return super().penalty() + abs(self.scale)


def layered(a, b, v):
    """A small network whose layers inherit from each other, with its penalty."""
    layers = (Layer(a), Activated(b, 0.1), Residual(a * b, 0.1, 0.5), Residual(b, 0.2, a))
    penalty = 0.0
    for layer in layers:
        v = layer.forward(v)
        penalty += layer.penalty()
    return v + 0.01 * penalty


class OutOfCredit(Exception):
    pass


def withdraw(balance, amount):
    if amount > balance:
        raise OutOfCredit(f"{balance} is not enough for {amount}")
    return balance - amount


def account(balance, step, n):
    """Payments from an account, some of which are refused; every third month there is interest."""
    refused = 0
    for month in range(n):
        try:
            balance = withdraw(balance, step * (1.0 + month % 4))
        except OutOfCredit:
            refused += 1
            balance += 2.5 * step
        else:
            balance -= 0.01
        finally:
            match month % 3:
                case 0:
                    balance *= 1.02
                case 1 if refused:
                    balance *= 0.99
    return balance + refused


def root(v):
    if v < 0.0:
        raise ValueError("the root of a negative number")
    return math.sqrt(v)


def ratio_table(x, y, n):
    """Quotients of which some do not exist, each replaced by a limit."""
    total = 0.0
    for i in range(n):
        for j in range(n):
            try:
                total += (x * i - y * j) / (i * i - j * j) if (i + j) % 2 == 0 else root(i - j - 0.5) * x
            except ZeroDivisionError:
                total += 0.5 * x
            except ValueError:
                total -= 0.25 * y * j
    return total


def guarded_newton(x, y, n):
    """Newton's method that steps back where the logarithm does not exist."""
    guess, step = x, 1.0
    for _ in range(n):
        try:
            residual = math.log(guess) + guess * y - 1.0
            step = residual / (1.0 / guess + y)
            guess -= step
        except ValueError:
            guess = guess + 0.75 * step
    return guess


ROUTINES = [
    Routine(symbolic, (1.3, 0.7), wrt=(0, 1)),
    Routine(stack_machine, (1.3, 0.7), wrt=(0, 1)),
    Routine(layered, (0.7, -0.4, 1.2), wrt=(0, 1, 2)),
    Routine(account, (10.0, 1.5, 20), wrt=(0, 1)),
    Routine(ratio_table, (1.5, 0.5, 5), wrt=(0, 1)),
    Routine(guarded_newton, (4.0, 0.8, 12), wrt=(0, 1)),
]
