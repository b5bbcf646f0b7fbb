"""The loop statements: which form each takes, how its exits end it, and when it is visited again.

    for i in range(n): ...                  scf.for, where nothing leaves the loop early
    while c: ...                            scf.while { c, no exit taken, nothing failed } do { ... }
    for x in (1, 2.0, "a"): ...             the body once for each item that is known now

An exit sets a flag, a slot like any other, that the rest of the body and the loop's condition heed. A `while` whose
condition writes, reports, or loops, is tested inside of its body: `scf.condition` may be evaluated with an exit taken.

Sound: the flags are false where the body begins, so they are carried only out of the loop. The operations of a visit
that is thrown away are destroyed with their blocks; what it emitted before the loop are values without use, and what it
wrote is taken back.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from dsl import types
from dsl.frontend.emit import scalar_ops
from dsl.frontend.emit.arithmetic import binary
from dsl.frontend.emit.scalar_ops import logical_and, logical_not, logical_or
from dsl.frontend.values.frames import BREAK, CONTINUE, EXHAUSTED
from dsl.frontend.values.joined import OneOf
from dsl.frontend.values.signals import Dead, LengthChanged, Revisit
from dsl.frontend.values.store import Container
from dsl.frontend.values.value import FALSE, TRUE, Scalar, weak
from dsl.passes.ir.diagnostics import CompileError

from .branches import attempt, clear_exits, flag_of, fork, live_exits, set_flag, take_exit
from .deque_iteration import watching_deques
from .interpreter import Interpreter, statement
from .iterated_names import holding_iterated
from .join import zero
from .list_growth import gone_over_again, grow_all, grown_so_far, may_change_length
from .loop_exits import exits_in_loop, lasting_exits, never_taken
from .loop_predictions import predict, recall_kinds, remember, remember_kinds
from .loops import Loop
from .names import assign
from .raising import LoopRaises, has_loops, then
from .tags import narrowed
from .widening import changed


class ImpureTest(Exception):
    """The condition of a `while` writes, reports, loops, or always raises: it has to stand in the body."""


def revisiting(m: Interpreter, node: ast.AST, once: Callable):
    """Visits a loop, again where the visit found that it began with the wrong types or loop-carried objects."""
    narrow_names(m, node)
    recall_kinds(m, node)
    modes = predict(m, node)
    predicted = set(modes)
    for _ in range(20):
        loop = None

        def start(node, blocks, modes=modes, predicted=predicted):
            nonlocal loop
            loop = Loop(m, node, blocks, modes, predicted)
            loop.begin()
            return loop

        try:
            return once(start)
        except CompileError:
            growth = grown_so_far(loop) if loop is not None else {}
            if not growth:
                raise
            loop.abandon()
            grow_all(m, growth)
        except Revisit as revisit:
            loop.abandon()  # whether the request is for it or not: its slots hold what they held before it again
            if revisit.loop is not loop:
                raise
            grow_all(m, revisit.growth)
            remember(m, node, revisit.modes, revisit.denied)
            remember_kinds(m, node, revisit.changes)
            modes = {place: mode for place, mode in {**modes, **revisit.modes}.items() if place not in revisit.denied}
            predicted = predicted - revisit.modes.keys() - revisit.denied
            for (container, key), changes in revisit.changes.items():
                value = changed(m, container.slots[key], changes, loop.epoch)
                m.store.write(container, key, value, container.origins.get(key))
        finally:
            if loop is not None:
                loop.abandon()
    raise m.error("the types of this loop's variables do not settle")


def narrow_names(m: Interpreter, node: ast.AST) -> None:
    """Names that a loop binds are what they are known to be before it, such as not None: in it that cannot be told."""
    for name in sorted(m.frame.info.assigned_in(node)):
        if isinstance(m.frame.slots.get(name), OneOf):
            known = narrowed(m, m.store.read(m.frame, name))
            if not isinstance(known, OneOf):
                m.store.write(m.frame, name, known, m.frame.origins.get(name))


def run_body(m: Interpreter, loop: Loop, body: Callable, returns: bool) -> None:
    """Visits the body with its exits clear."""
    frame, node = m.frame, loop.node
    stop, skip = (BREAK, node), (CONTINUE, node)
    loop.temporary.add((frame, skip))
    for exit in [(frame, stop), (frame, skip), *(lasting_exits(m) if returns else never_taken(m))]:
        set_flag(m, exit, FALSE)
    frame.exits = [*frame.lasting, *[(frame, flag) for flag in (stop, skip, (EXHAUSTED, node))]]
    try:
        body()
    except Dead:
        pass
    finally:
        frame.exits = loop.exits


def finish(m: Interpreter, loop: Loop, plans: list, results: dict) -> None:
    for container, key, build, origin in plans:
        m.store.write(container, key, build(results), origin)
    loop.loop_objects.conclusion(results)


def run_for(m: Interpreter, node: ast.AST, low: Scalar, high: Scalar, body: Callable) -> None:
    """`scf.for` over [low, high); `body` takes the induction variable and cannot leave the loop early, unless it raises
    what is caught around the loop."""
    visit = lambda: revisiting(m, node, lambda start: for_once(m, start, node, low, high, body))
    if not m.tries:
        return visit()
    m.counted_loops.append(epoch := m.store.next_epoch())
    try:
        return attempt(m, visit, LoopRaises)
    except LoopRaises as found:
        if found.epoch != epoch:
            raise
    finally:
        m.counted_loops.remove(epoch)
    counted_while(m, node, low, lambda m: high, body, (False, True))


def index_range(low: Scalar, high: Scalar) -> tuple | None:
    """What is known of the numbers in [low, high)."""
    if low.extent is None:
        return None
    return low.extent[0], high.extent[1] - 1 if high.extent is not None else 2**63 - 2


def for_once(m: Interpreter, start, node, low: Scalar, high: Scalar, body: Callable) -> None:
    b = m.builder
    outer, first, last = b.block, b.ssa(low), b.ssa(high)
    if b.may_fail and not (high.is_constant and low.is_constant):
        last = b.select(b.apply("dsl.failed", result=b.scalar_types[types.bool_]), first, last)
    with b.aside(b.i64) as block:
        loop = start(node, [block])
        index = Scalar(types.i64, True, block.arguments[0], range=index_range(low, high))
        run_body(m, loop, lambda: body(index), False)
        with b.inside(outer):
            plans = loop.settle(lambda: scalar_ops.compare_scalars(b, "lt", low, high))
            pairs = loop.yields()
            initial = [zero(b, before) if fresh else b.ssa(before) for _, before, _, fresh in pairs]
        b.emit("scf.yield", [b.ssa(final) for _, _, final, _ in pairs])
        with b.inside(outer):
            step = b.constant(types.i64, 1)
            op = b.emit("scf.for", [first, last, step, *initial], [v.type for v in initial], regions=1)
            block.append_to(op.regions[0])
    finish(m, loop, plans, {pair[0]: op.results[k] for k, pair in enumerate(pairs)})


def run_while(m: Interpreter, node: ast.AST, test: Callable, body: Callable, exits: tuple[bool, bool]) -> bool:
    """`scf.while`; returns whether the loop ends only by its exits (its condition is the constant true)."""
    try:
        return revisiting(m, node, lambda start: while_once(m, start, node, test, body, exits))
    except ImpureTest:
        def tested_body():
            condition = test()
            return then(m, node, [], lambda rest: decide(condition))

        def decide(condition: Scalar):
            key = (EXHAUSTED, node)
            if condition.is_constant:
                return body() if condition.constant else m.store.write(m.frame, key, TRUE)
            fork(m, condition, body, lambda: m.store.write(m.frame, key, TRUE))

        revisiting(m, node, lambda start: while_once(m, start, node, lambda: TRUE, tested_body, exits, True))
        return False


def while_once(m, start, node, test: Callable, body: Callable, exits, tested_inside: bool = False) -> bool:
    b, frame, outer = m.builder, m.frame, m.builder.block
    with b.aside() as before, b.aside(parent=outer) as after:
        loop = start(node, [before, after])
        with b.inside(before):
            effects = b.effects
            try:
                condition = test()
            except Dead:
                raise ImpureTest from None
            if m.store.has_written(loop.mark) or (any(exits) and (b.effects != effects or has_loops(before))):
                raise ImpureTest
        loop.begin_body()
        with b.inside(after):
            if tested_inside:
                m.store.write(frame, (EXHAUSTED, node), FALSE)
            run_body(m, loop, body, exits[1])
        with b.inside(before):
            go = keep_going(m, loop, condition)
        with b.inside(outer):
            plans = loop.settle(None, go)
            pairs = loop.yields()
            initial = [zero(b, leaf) if fresh else b.ssa(leaf) for _, leaf, _, fresh in pairs]
        b.emit("scf.yield", [b.ssa(final) for _, _, final, _ in pairs])
        with b.inside(before):
            b.emit("scf.condition", [b.ssa(go), *before.arguments])
        with b.inside(outer):
            op = b.emit("scf.while", initial, [v.type for v in initial], regions=2)
            before.append_to(op.regions[0])
            after.append_to(op.regions[1])
    finish(m, loop, plans, {pair[0]: op.results[k] for k, pair in enumerate(pairs)})
    return condition.is_constant and bool(condition.constant) and not tested_inside


def keep_going(m: Interpreter, loop: Loop, condition: Scalar) -> Scalar:
    """The condition, and that no exit was taken and nothing has failed; emitted at the end of the before block."""
    b, go = m.builder, condition
    if b.may_fail:
        failed = scalar_ops.boolean(b.apply("dsl.failed", result=b.scalar_types[types.bool_]))
        go = logical_and(b, go, logical_not(b, failed))
    for exit in [*[(m.frame, (flag, loop.node)) for flag in (BREAK, EXHAUSTED)], *lasting_exits(m)]:
        entry, final = loop.entries.get(exit), flag_of(exit)
        if entry is None or (final.is_constant and not final.constant):
            continue
        taken = scalar_ops.boolean(entry.inner.ssa.before)
        go = logical_and(b, go, logical_not(b, taken))
    return go


@statement(ast.While)
def visit_while(m: Interpreter, node: ast.While, rest: list):
    breaks, returns = exits_in_loop(m, node)
    exits = breaks, returns or bool(m.tries)
    endless = run_while(m, node, lambda: m.test(node.test), lambda: m.execute(node.body), exits)
    return after_loop(m, node, rest, exits, endless)


def after_loop(m: Interpreter, node, rest: list, exits, endless: bool = False):
    """The `else` of a loop, and the end of one that only its exits end."""
    stopped = m.frame.slots.get((BREAK, node), FALSE)
    if endless and stopped.is_constant and not stopped.constant:
        if exits[1] and live_exits(m):
            take_exit(m)
            return False
        raise Dead
    if not node.orelse or endless or left_for_good(m):
        return None
    left = logical_or(m.builder, stopped, m.left())
    if left.is_constant:
        return m.execute([*([] if left.constant else node.orelse), *rest])
    free = not live_exits(m)
    _, reached = fork(m, logical_not(m.builder, left), lambda: m.execute(node.orelse), lambda: True,
                      (lambda: m.execute(rest)) if free else None, node)
    return reached


def left_for_good(m: Interpreter) -> bool:
    """Whether the statement list has been left for certain."""
    left = m.left()
    return left.is_constant and bool(left.constant)


def loop_over(m: Interpreter, node: ast.For, sequence, rest: list):
    with watching_deques(m, sequence) as watched, holding_iterated(m, node, sequence):
        exits = go_over(m, node, watched)
    return after_loop(m, node, rest, exits)


def go_over(m: Interpreter, node: ast.For, sequence) -> tuple[bool, bool]:
    """The iterations; returns what may have ended them: a `break`, a `return`."""
    exits = exits_in_loop(m, node)
    if sequence.is_static and not (sequence.again and may_change_length(node)):
        return unroll(m, node, sequence)
    if sequence.is_static:
        try:
            return attempt(m, lambda: unroll(m, node, sequence), LengthChanged)
        except LengthChanged:
            sequence = gone_over_again(m, sequence)
    if sequence.length.is_constant and sequence.length.constant <= 0:
        return False, False

    def body(k: Scalar):
        return with_item(m, node, sequence.item(m, k))

    if any(owner.in_pool for owner in sequence.growing) and may_change_length(node):
        counted_while(m, node, sequence.low, sequence.live_end or (lambda m: sequence.high), body, exits)
        return exits

    def body_of_same_length(k: Scalar):
        return sequence.of_same_length(m, lambda: body(k))

    try:
        if not any(exits):
            run_for(m, node, sequence.low, sequence.high, body_of_same_length)
        else:
            counted_while(m, node, sequence.low, lambda m: sequence.high, body_of_same_length, exits)
    except LengthChanged:
        if sequence.live_end is None:
            raise
        counted_while(m, node, sequence.low, sequence.live_end, body, exits)
    return exits


def with_item(m: Interpreter, node: ast.For, item):
    """The body of a loop for one item."""

    def body(rest: list) -> bool:
        assign(m, node.target, item)
        return m.execute(node.body)

    return then(m, node, [], body)


def counted_while(m: Interpreter, node, low: Scalar, end: Callable, body: Callable, exits) -> None:
    """A loop from `low` on that may be left early, or whose end, `end(m)`, moves."""
    counter = Container(m.store)
    counter.slots["k"] = low

    def test():
        return scalar_ops.compare_scalars(m.builder, "lt", m.store.read(counter, "k"), end(m))

    def step():
        k = m.store.read(counter, "k")
        m.store.write(counter, "k", binary(m.builder, "+", k, weak(1)))
        return body(k)

    run_while(m, node, test, step, exits)


def unroll(m: Interpreter, node: ast.For, sequence) -> tuple[bool, bool]:
    """A loop over things that are known one by one: its body once for each."""
    frame = m.frame
    stop, skip = (BREAK, node), (CONTINUE, node)
    outer, own = frame.exits, [*frame.lasting, (frame, stop)]
    m.store.write(frame, stop, FALSE)

    end = sequence.high.constant

    def iterate(k: int) -> None:
        while k < end:
            left = once(sequence.item(m, weak(k)))
            k += 1
            if left.is_constant and left.constant:
                return
            if k == end:
                sequence.finish(m)
            elif not left.is_constant:
                fork(m, logical_not(m.builder, left), lambda j=k: resume(j), lambda: True)
                return

    def once(item) -> Scalar:
        m.store.write(frame, skip, FALSE)
        frame.exits = [*own, (frame, skip)]
        try:
            reached, left = with_item(m, node, item), m.left()
            if not reached and left.is_constant and not left.constant:
                raise Dead
        finally:
            frame.exits = own
        return m.left()

    def resume(k: int) -> None:
        clear_exits(m)
        iterate(k)

    frame.exits = own
    try:
        iterate(sequence.low.constant)
    finally:
        frame.exits = outer
    return True, True
