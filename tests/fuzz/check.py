"""Runs a program in CPython and on an engine and tells where they differ."""

import math
import random
import re
from collections import Counter
from dataclasses import dataclass, field

from tests.fuzz.differences import EXPECTED
from tests.fuzz.engines import Engine
from tests.fuzz.oracle import NotSmooth, Outcome, observe, precise, reference
from tests.fuzz.program import Program, materialise, slots

MODES = ("primal", "grad", "jvp", "hvp", "hvp_reverse")
ULPS = 4
RELATIVE = {53: 1e-9, 24: 2e-4}  # of derivatives
ABSOLUTE = {53: 1e-13, 24: 1e-5}


# Refusals of docs/language.md that the generator does not foresee.
DOCUMENTED = (
    "on one path and a float",
    "on one path and an int on another",
    "is changed, but another name may mean the same one",
    "is changed in this loop, and another name may come to mean it",
    "the size of this array is known only at run time",
    "on one path and the function",
    "on one path and a lambda function",
    "which a try around it catches",
    "the set of keys of this dict is",
)


@dataclass
class Finding:
    """One difference."""

    kind: str  # value, type, printed, error, gradient, jvp, hvp, refused, crash
    args: tuple
    detail: str

    def __str__(self) -> str:
        return f"{self.kind} at {self.args}: {self.detail}"


@dataclass
class Report:
    findings: list[Finding] = field(default_factory=list)
    counts: Counter = field(default_factory=Counter)


def check(program: Program, engine: Engine, modes=("primal", "grad", "jvp")) -> Report:
    """All differences between CPython and the engine, at most one of each kind."""
    report = Report()
    for mode in modes:
        if mode != "primal" and not program.differentiable:
            report.counts["no float to differentiate"] += 1
            continue
        try:
            runner = getattr(engine, "gradient" if mode == "grad" else mode)(program)
            for args in program.args:
                COMPARE[mode](program, engine, args, runner, report)
        except engine.errors() as error:
            if any(words in str(error) for words in DOCUMENTED):
                report.counts["refused, as documented"] += 1
            else:
                report.findings.append(Finding("refused", program.args[0], f"{mode}: {error}"))
        except Exception as error:  # whatever escapes the family of errors is a finding too
            report.findings.append(Finding("crash", program.args[0], f"{mode}: {type(error).__name__}: {error}"))
    return report


# --- values -----------------------------------------------------------------------------------------------------------


def compare_primal(program, engine, args, runner, report) -> None:
    compare_outcomes(program, engine, args, observe(runner, *materialise(args)), report)


def compare_outcomes(program, engine, args, got: Outcome, report) -> None:
    """What a call gave, printed and raised; of values only those that the engine's call gives."""
    try:
        expected = reference(program, args)
    except NotSmooth:
        report.counts["value: not smooth"] += 1
        return
    if expected.error != got.error:
        if stable(program, engine, args) or program.exact and engine.bits == 53:
            report.findings.append(Finding("error", args, f"expected {short(expected)}, got {short(got)}"))
        return
    report.counts["error" if expected.error else "value"] += 1
    printed = program.takes_derivatives or same_text(expected.printed, got.printed, program.exact and engine.bits == 53)
    if not printed:
        if stable(program, engine, args):
            report.findings.append(Finding("printed", args, f"expected {expected.printed!r}, got {got.printed!r}"))
    if not expected.error:
        compare_values(program, engine, args, expected, got, report)


def short(outcome: Outcome) -> str:
    return f"{outcome.error}: {outcome.message}" if outcome.error else str(outcome.value)


def compare_values(program, engine, args, expected: Outcome, got: Outcome, report) -> None:
    types, kinds = tuple(type(v).__name__ for v in got.value), program.leaf_kinds(args)[: len(got.value)]
    if types != kinds or not types:
        report.findings.append(Finding("type", args, f"expected {kinds}, got {types}"))
        return
    wrong = [k for k, (e, g) in enumerate(zip(expected.value, got.value)) if not equal(e, g)]
    if not wrong:
        report.counts["bit-equal"] += 1
        return
    detail = f"expected {expected.value}, got {got.value}"
    if program.exact and engine.bits == 53:
        report.findings.append(Finding("value", args, f"{detail} (exact)"))
    elif not stable(program, engine, args):
        report.counts["undecided path"] += 1
    elif not all(close(program, engine, args, k, expected.value[k], got.value[k]) for k in wrong):
        report.findings.append(Finding("value", args, detail))


def equal(a, b) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return a != a and b != b or a == b and math.copysign(1, a) == math.copysign(1, b)
    return a == b


def close(program, engine, args, k, expected, got) -> bool:
    """Within 4 ulp, or within a small multiple of what rounding does to this program."""
    if not isinstance(expected, float):
        return False
    scale = 2.0 ** (53 - engine.bits)
    if abs(got - expected) <= ULPS * scale * max(math.ulp(expected), math.ulp(0.0)):
        return True
    precisely = precise(program)
    index = program.leaf_kinds(args)[:k].count("float")
    exact = precisely.floats(args)[0][index]
    if program.takes_derivatives and near(exact, got, engine.bits):
        return True
    noise = max(abs(precisely.floats(args, rounding=engine.bits, seed=s)[0][index] - exact) for s in range(1, 4))
    allowed = 8 * max(noise, abs(expected - exact)) + ULPS * scale * math.ulp(expected)
    return abs(got - exact) <= allowed


def stable(program, engine, args) -> bool:
    """Whether rounding leaves the path through the program alone."""
    paths = [path_or_error(program, args)]
    paths += [path_or_error(program, args, rounding=engine.bits, seed=s) for s in (1, 2, 3)]
    return all(p == paths[0] for p in paths)


def path_or_error(program, args, **how):
    try:
        return precise(program).floats(args, **how)[1]
    except (*EXPECTED, NotSmooth) as error:
        return type(error).__name__


NUMERAL = re.compile(r"[-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|inf|nan)")


def same_text(a: str, b: str, exact: bool) -> bool:
    if a == b or exact:
        return a == b
    if NUMERAL.sub("#", a) != NUMERAL.sub("#", b):
        return False
    pairs = zip(NUMERAL.findall(a), NUMERAL.findall(b))
    return all(math.isclose(float(x), float(y), rel_tol=1e-4, abs_tol=2e-4) for x, y in pairs)


# --- derivatives ------------------------------------------------------------------------------------------------------


def direction(program, args) -> dict:
    rng = random.Random(program.seed)
    return {slot: rng.choice([1.0, -0.5, 0.25, 2.0]) for slot in slots(program, args)}


def compare_gradient(program, engine, args, runner, report) -> None:
    """The gradient; and where the objective is the entry itself, the value and what is printed on the way."""
    ran = observe(runner, args)
    if program.result == ("float",):
        value = Outcome(ran.value and ran.value[:1], ran.printed, ran.error, ran.message)
        compare_outcomes(program, engine, args, value, report)
    got = Outcome(ran.value and ran.value[1:], ran.printed, ran.error, ran.message)
    derivative(program, engine, args, report, "gradient", lambda p, **how: p.gradient(args, **how), lambda: got)


def compare_jvp(program, engine, args, runner, report) -> None:
    tangent = direction(program, args)
    derivative(
        program, engine, args, report, "jvp",
        lambda p, **how: [p.jvp(args, tangent, **how)],
        lambda: observe(lambda: runner(args, tangent)[1]),
    )  # fmt: skip


def compare_hvp(program, engine, args, runner, report) -> None:
    tangent = direction(program, args)
    derivative(
        program, engine, args, report, "hvp",
        lambda p, **how: p.hvp(args, tangent, **how),
        lambda: observe(runner, args, tangent),
    )  # fmt: skip


def derivative(program, engine, args, report, kind, expect, run) -> None:
    precisely = precise(program)
    try:
        expected = expect(precisely)
    except NotSmooth:
        report.counts[f"{kind}: not smooth"] += 1
        return
    except EXPECTED as error:
        got = run()
        if got.error != type(error).__name__:
            report.findings.append(Finding("error", args, f"{kind}: expected {type(error).__name__}, got {short(got)}"))
        return
    got = run()
    if got.error and reference(program, args).error == got.error:
        return
    if got.error or len(got.value) != len(expected):
        report.findings.append(Finding(kind, args, f"expected {[float(e) for e in expected]}, got {short(got)}"))
        return
    if not all(near(e, g, engine.bits) for e, g in zip(expected, got.value)):
        if not representative(program, args):
            report.counts["undecided path"] += 1
            return
        if not excused(precisely, engine, args, expect, expected, got.value):
            wanted = tuple(float(e) for e in expected)
            report.findings.append(Finding(kind, args, f"expected {wanted}, got {got.value}"))
            return
        report.counts[f"{kind}: ill-conditioned"] += 1
    report.counts[f"{kind}: {'zero' if not any(abs(e) > 1e-15 for e in expected) else 'equal'}"] += 1


def near(expected, got, bits) -> bool:
    return abs(got - expected) <= RELATIVE[bits] * abs(expected) + ABSOLUTE[bits]


def representative(program, args) -> bool:
    """Whether CPython's doubles and 60 digits give one value: not where a saturated number meets a jump, as in
    `round(1.5 * erf(9.0))`, which is -2 or -1 depending on whether erf(9) is 1 or a little less."""
    values = [v for v in reference(program, args).value or () if isinstance(v, float)]
    exact = precise(program).floats(args)[0]
    return all(abs(v - e) <= 1e-6 * (abs(e) + 1) for v, e in zip(values, exact))


def excused(precisely, engine, args, expect, expected, got) -> bool:
    """Whether rounding alone, as the 60-digit program imitates it, moves the derivative as far."""
    try:
        runs = [expect(precisely, rounding=engine.bits, seed=s) for s in (1, 2, 3)]
    except NotSmooth:
        return not stable(precisely.program, engine, args)
    for k, e in enumerate(expected):
        noise = max(abs(run[k] - e) for run in runs)
        if abs(got[k] - e) > 16 * noise + RELATIVE[engine.bits] * abs(e) + ABSOLUTE[engine.bits]:
            return False
    return True


COMPARE = {
    "primal": compare_primal,
    "grad": compare_gradient,
    "jvp": compare_jvp,
    "hvp": compare_hvp,
    "hvp_reverse": compare_hvp,
}
