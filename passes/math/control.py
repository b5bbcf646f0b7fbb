"""Branches in an expansion: only around what is long and rare."""
from iree.compiler import ir

from .emit import Num, select


def rarely(condition, path, otherwise):
    """`path()` where `condition` holds, `otherwise` (a tuple of Nums) elsewhere; skipped unless some lane needs it."""
    e = condition.e
    lane = condition
    if e.vector is not None:
        with e.context:
            condition = e.op("vector.reduction", e.i1, condition, kind=ir.Attribute.parse("#vector.kind<or>"))
    branch = ir.Operation.create("scf.if", results=[n.type for n in otherwise], operands=[condition.value], regions=2,
                                 loc=e.loc, ip=e.ip)

    def taken():
        results = path()
        return results if e.vector is None else tuple(select(lane, a, b) for a, b in zip(results, otherwise))

    fill_region(e, branch.regions[0], taken)
    fill_region(e, branch.regions[1], lambda: otherwise)
    return tuple(Num(e, r) for r in branch.results)


def fill_region(e, region, body):
    """Emit `body()` and a yield of its results as the region's only block."""
    outer, e.ip = e.ip, ir.InsertionPoint(region.blocks.append())
    results = body()
    ir.Operation.create("scf.yield", operands=[n.value for n in results], loc=e.loc, ip=e.ip)
    e.ip = outer


def repeat(e, initial, condition, body):
    """While `condition(*state)` holds in some lane, `state = body(*state)`; the body must leave the others alone."""
    types = [n.type for n in initial]
    loop = ir.Operation.create("scf.while", results=types, operands=[n.value for n in initial], regions=2,
                               loc=e.loc, ip=e.ip)
    outer = e.ip
    before, after = (r.blocks.append(*types, arg_locs=[e.loc] * len(types)) for r in loop.regions)
    e.ip = ir.InsertionPoint(before)
    state = [Num(e, a) for a in before.arguments]
    go_on = condition(*state)
    if e.vector is not None:
        with e.context:
            go_on = e.op("vector.reduction", e.i1, go_on, kind=ir.Attribute.parse("#vector.kind<or>"))
    ir.Operation.create("scf.condition", operands=[go_on.value, *(n.value for n in state)], loc=e.loc, ip=e.ip)
    e.ip = ir.InsertionPoint(after)
    results = body(*(Num(e, a) for a in after.arguments))
    ir.Operation.create("scf.yield", operands=[n.value for n in results], loc=e.loc, ip=e.ip)
    e.ip = outer
    return tuple(Num(e, r) for r in loop.results)
