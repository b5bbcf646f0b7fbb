"""`match`: each case is a condition, mostly known at compile time, and the names that it binds where that holds.

    match shape:                            what a value is, is known: a case of another class is not there
        case Circle(r): ...                 %c = arith.cmpf oeq, %y, %0
        case Box(x, 0.0): ...               scf.if %c { x is the box's; ... } else { ... }

Sound: a pattern only looks: at the classes and lengths, which are known, and at numbers, which are compared. So the
order in which its parts are looked at can be seen by nobody, and its names are bound where all of it holds.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from dsl.frontend.emit.scalar_ops import logical_and
from dsl.frontend.protocols import compare, get_attribute, static_items
from dsl.frontend.values.joined import OneOf
from dsl.frontend.values.mutable import Dict, Instance, List
from dsl.frontend.values.pooled import PooledList
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import FALSE, TRUE, Range, Record, Scalar, Static, Tuple, Value, weak

from .branches import fork, is_false
from .expressions import forked
from .interpreter import Interpreter, statement
from .names import write_name
from .raising import then
from .tags import is_among, narrowed

Found = tuple[Scalar, dict[str, Value]]
NO: Found = (FALSE, {})
# classes whose one positional pattern is for the value itself
WHOLE = (bool, bytearray, bytes, dict, float, frozenset, int, list, set, str, tuple)


@statement(ast.Match)
def visit_match(m: Interpreter, node: ast.Match, rest: list):
    subject = m.evaluate(node.subject)
    return then(m, node, rest, lambda rest: visit_cases(m, node, subject, node.cases, rest))


def visit_cases(m: Interpreter, node: ast.Match, subject: Value, cases: list[ast.match_case], rest: list):
    if not cases:
        return m.execute(rest)
    first, *others = cases
    condition, names = m.visit(lambda m, pattern: matched(m, pattern, subject), first.pattern)
    if is_false(condition):
        return visit_cases(m, node, subject, others, rest)

    def bind() -> None:
        for name, value in names.items():
            write_name(m, name, value)

    if first.guard is None:
        return choose_case(m, node, condition, bind, first, lambda: visit_cases(m, node, subject, others, []), rest)
    guard: ast.expr = first.guard

    def guarded() -> Scalar:
        bind()
        return m.test(guard)

    hit: Scalar = guarded() if condition.is_constant else forked(  # pyright: ignore[reportAssignmentType]
        m, condition, guarded, lambda: FALSE, guard)
    if is_false(hit):
        return visit_cases(m, node, subject, others, rest)
    other = lambda: visit_cases(m, node, subject, others, [])
    return then(m, node, rest, lambda rest: choose_case(m, node, hit, lambda: None, first, other, rest))


def choose_case(m: Interpreter, node: ast.Match, condition: Scalar, bind: Callable, case: ast.match_case,
                other: Callable, rest: list):
    def body() -> bool:
        bind()
        return m.execute(case.body)

    if condition.is_constant:
        bind()
        return m.execute([*case.body, *rest])
    _, reached = fork(m, condition, body, other, lambda: m.execute(rest), node)
    return reached


# patterns


def matched(m: Interpreter, pattern: ast.pattern, subject: Value) -> Found:
    """Whether a value fits a pattern, and what the pattern's names are then."""
    subject = narrowed(m, subject)
    if isinstance(subject, OneOf) and not isinstance(pattern, ast.MatchAs | ast.MatchOr):
        return match_alternatives(m, pattern, subject)
    return PATTERNS[type(pattern)](m, pattern, subject)


def match_alternatives(m: Interpreter, pattern: ast.pattern, subject: OneOf) -> Found:
    """A pattern for one of several values: which it is, and whether that fits."""
    effects, found = m.builder.effects, []
    for k, one in subject.alternatives.items():
        condition, names = matched(m, pattern, one)
        here = logical_and(m.builder, is_among(m, subject, [k]), condition)
        if not is_false(here):
            found.append((here, names))
    if m.builder.effects != effects:
        raise Refused("a pattern for one of several values that looks at what may raise or print",
                      "tell the values apart with isinstance before")
    return first_of(m, found, pattern)


def all_matched(m: Interpreter, pairs: list[tuple[ast.pattern, Value]]) -> Found:
    condition, names = TRUE, {}
    for pattern, value in pairs:
        here, bound = matched(m, pattern, value)
        condition = logical_and(m.builder, condition, here)
        if is_false(condition):
            return NO
        names |= bound
    return condition, names


def match_value(m: Interpreter, pattern: ast.MatchValue, subject: Value) -> Found:
    value = m.evaluate(pattern.value)
    if isinstance(subject, Static) and isinstance(value, Static):
        return weak(bool(subject.value == value.value)), {}
    if isinstance(subject, Scalar) != isinstance(value, Scalar) and Static in (type(subject), type(value)):
        return NO
    return m.truth(compare(m, "eq", subject, value)), {}


def match_singleton(m: Interpreter, pattern: ast.MatchSingleton, subject: Value) -> Found:
    """`None`, `True` or `False`, by identity."""
    if isinstance(subject, Static):
        return weak(subject.value is pattern.value), {}
    if pattern.value is None or not isinstance(subject, Scalar) or subject.dtype.kind != "bool" or not subject.weak:
        return NO
    return m.truth(compare(m, "eq", subject, weak(pattern.value))), {}


def match_sequence(m: Interpreter, pattern: ast.MatchSequence, subject: Value) -> Found:
    is_sequence = isinstance(subject, Tuple | List | PooledList | Range) or isinstance(subject, Record) and issubclass(
        subject.cls, tuple)
    if not is_sequence:
        return NO
    items, patterns = static_items(m, subject, "a sequence pattern"), pattern.patterns
    stars = [k for k, part in enumerate(patterns) if isinstance(part, ast.MatchStar)]
    if not stars:
        return all_matched(m, list(zip(patterns, items))) if len(items) == len(patterns) else NO
    at, after = stars[0], len(patterns) - stars[0] - 1
    if len(items) < at + after:
        return NO
    pairs = [*zip(patterns[:at], items), *zip(patterns[at + 1:], items[len(items) - after:])]
    condition, names = all_matched(m, pairs)
    star = patterns[at]
    if isinstance(star, ast.MatchStar) and star.name is not None:
        names = {**names, star.name: List(m.store, items[at: len(items) - after])}
    return condition, names


def match_mapping(m: Interpreter, pattern: ast.MatchMapping, subject: Value) -> Found:
    if not isinstance(subject, Dict):
        return NO
    entries = subject.entries(m)
    keys = [m.static(key, "the key of a pattern") for key in pattern.keys]
    if not all(key in entries for key in keys):
        return NO
    condition, names = all_matched(m, [(part, entries[key]) for key, part in zip(keys, pattern.patterns)])
    if pattern.rest is not None:
        names = {**names, pattern.rest: Dict(m.store, {k: v for k, v in entries.items() if k not in keys})}
    return condition, names


def match_class(m: Interpreter, pattern: ast.MatchClass, subject: Value) -> Found:
    cls = m.static(pattern.cls, "the class of a pattern")
    if not isinstance(cls, type):
        raise Refused(f"a pattern needs a class, found {cls!r}")
    condition = m.truth(m.call(Static(isinstance), [subject, Static(cls)], {}))
    if is_false(condition):
        return NO
    pairs: list[tuple[ast.pattern, Value]] = []
    names = list(pattern.kwd_attrs)
    parts = list(pattern.kwd_patterns)
    if pattern.patterns:
        if cls in WHOLE and len(pattern.patterns) == 1:
            pairs.append((pattern.patterns[0], subject))
        else:
            known = getattr(cls, "__match_args__", ())
            if len(pattern.patterns) > len(known):
                raise Refused(f"{cls.__name__}() accepts {len(known)} positional sub-patterns, "
                              f"{len(pattern.patterns)} given")
            names = [*known[: len(pattern.patterns)], *names]
            parts = [*pattern.patterns, *parts]
    for name, part in zip(names, parts):
        if not has_attribute(subject, name):
            return NO
        pairs.append((part, get_attribute(m, subject, name)))
    inside, bound = all_matched(m, pairs)
    return logical_and(m.builder, condition, inside), bound


def has_attribute(subject: Value, name: str) -> bool:
    if isinstance(subject, Record):
        return name in subject.fields or hasattr(subject.cls, name)
    if isinstance(subject, Instance):
        return name in subject.slots or hasattr(subject.cls, name)
    return True  # asking for it says so where it is not there


def match_as(m: Interpreter, pattern: ast.MatchAs, subject: Value) -> Found:
    condition, names = (TRUE, {}) if pattern.pattern is None else matched(m, pattern.pattern, subject)
    return condition, names if pattern.name is None else {**names, pattern.name: subject}


def match_or(m: Interpreter, pattern: ast.MatchOr, subject: Value) -> Found:
    found = [one for part in pattern.patterns if not is_false((one := matched(m, part, subject))[0])]
    return first_of(m, found, pattern)


def first_of(m: Interpreter, found: list[Found], pattern: ast.pattern) -> Found:
    """The first that holds."""
    if not found:
        return NO
    condition, names = found[-1]
    for here, bound in reversed(found[:-1]):
        if here.is_constant:
            condition, names = here, bound
            continue
        keys, later, rest = list(bound), names, condition
        whole = forked(m, here, lambda b=bound, k=keys: Tuple((TRUE, *[b[name] for name in k])),
                       lambda r=rest, b=later, k=keys: Tuple((r, *[b[name] for name in k])), pattern)
        assert isinstance(whole, Tuple)
        condition, names = whole.items[0], dict(zip(keys, whole.items[1:]))
    return condition, names


PATTERNS: dict[type, Callable[..., Found]] = {
    ast.MatchValue: match_value, ast.MatchSingleton: match_singleton, ast.MatchSequence: match_sequence,
    ast.MatchMapping: match_mapping, ast.MatchClass: match_class, ast.MatchAs: match_as, ast.MatchOr: match_or,
}  # fmt: skip
