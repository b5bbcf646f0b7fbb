"""The generator and the oracle by themselves: what is generated, and that a planted error is found and shrunk."""

import pytest

from tests.fuzz import Options, generate
from tests.fuzz.check import check
from tests.fuzz.engines import Engine
from tests.fuzz.expressions import PRODUCTIONS
from tests.fuzz.oracle import NotSmooth, Precise, cpython
from tests.fuzz.program import ENTRY, OBJECTIVE, Program, materialise, slots
from tests.fuzz.shrink import ends, shrink
from tests.fuzz.statements import STATEMENTS

SEEDS = range(400)


@pytest.fixture(scope="module")
def programs():
    return [generate(seed) for seed in SEEDS]


def test_a_seed_determines_its_program(programs):
    assert [generate(seed).source for seed in SEEDS[:20]] == [p.source for p in programs[:20]]
    assert len({p.source for p in programs}) == len(programs)


def test_every_construct_occurs(programs):
    names = {p.name for ps in PRODUCTIONS.values() for p in ps if p.feature == "scalar"}
    names |= {s.name for s in STATEMENTS if s.feature == "scalar"}
    assert not names - {name for p in programs for name in p.used}


def test_programs_end_with_values_a_kernel_can_hold(programs):
    outcomes = [(p, cpython(p, args)) for p in programs for args in p.args]
    values = [(p, o.value) for p, o in outcomes if o.error is None]
    assert len(values) > 0.95 * len(outcomes)
    for program, value in values:
        assert tuple(type(v).__name__ for v in value) == program.result, program.source
        assert all(abs(v) < 2**63 for v in value), program.source


def test_precise_arithmetic_agrees_with_cpython(programs):
    for program in programs[:60]:
        precise = Precise(program)
        for args in program.args:
            expected = cpython(program, args)
            if expected.error is None:
                try:
                    values = [float(v) for v in precise.run(args)[0]]
                except NotSmooth:  # the sign of a zero decides, which these numbers do not have
                    continue
                assert values == pytest.approx([float(v) for v in expected.value], rel=1e-9, abs=1e-9)


def fake(change) -> Engine:
    """CPython and 60-digit differences in place of kernels, on a changed source."""

    def changed(program):
        return program.with_source(change(program.source))

    def gradient(program):
        entry = changed(program).namespace()[OBJECTIVE]

        def run(args):
            value = entry(*materialise(args))
            try:
                return value, [float(v) for v in Precise(changed(program)).gradient(args)]
            except NotSmooth:
                return value, [0.0] * len(slots(program, args))

        return run

    return Engine(
        "fake",
        53,
        primal=lambda p: changed(p).namespace()[ENTRY],
        gradient=gradient,
        jvp=lambda p: lambda args, t: (0.0, float(Precise(changed(p)).jvp(args, t))),
        hvp=lambda p: lambda args, t: [float(v) for v in Precise(changed(p)).hvp(args, t)],
        hvp_reverse=lambda p: lambda args, t: [float(v) for v in Precise(changed(p)).hvp(args, t)],
        errors=lambda: (),
    )


def test_equal_programs_pass(programs):
    for program in programs[:25]:
        assert not check(program, fake(lambda s: s), ("primal", "grad", "jvp", "hvp")).findings


def test_planted_error_is_found_and_shrunk():
    """An engine that takes tanh for the identity."""
    engine = fake(lambda source: source.replace("math.tanh(", "("))
    programs = (generate(seed, Options(statements=4)) for seed in range(50))
    failing = next(p for p in programs if check(p, engine, ("primal",)).findings)
    small = shrink(failing, lambda p: any(f.kind == "value" for f in check(p, engine, ("primal",)).findings), 20)
    assert "math.tanh" in small.source
    assert len(small.source.splitlines()) <= 8, small.source


def test_endless_candidate_is_not_run():
    program = generate(0).with_source(f"def {ENTRY}(*args):\n    while True:\n        pass\n")
    assert not ends(program)


def test_what_is_divided_by_zero_beside_arrays_has_no_expected_error():
    """An element of an array divided by zero is inf, a float raises, and a Number does not know what it stands for."""
    source = f"""import dsl
def {ENTRY}(x, a):
    try:
        return dsl.checkpoint(abs)(x) / a[0]
    except Exception:
        return 0.0
"""
    program = Program(0, source, (("x", "float"), ("a", "array")), ("float",), ((1.0, (0.0,)),), exact=False)
    with pytest.raises(NotSmooth):
        Precise(program).run(program.args[0])
