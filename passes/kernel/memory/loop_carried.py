"""Loops that carry tensors: what the next iteration reads must lie where it looks for it.

A carried tensor has one place throughout the loop, and what the body yields is copied there unless it was built there;
tensors that only change places share a bank (double_buffers.py).
"""

from __future__ import annotations

from dsl.passes.ir import edit

from .buffers import TensorBuffer, parallel_copy, scalars_of, tensors_of
from .double_buffers import exchanged, fill_bank


def lower_for(lowering, op) -> None:
    first, inits = list(op.operands)[:3], list(op.operands)[3:]
    groups = exchanged(op.regions[0].blocks[0], offset=1)
    carried, banks = _carry(lowering, op, tensors_of(inits), groups)
    slots = [slot for bank in banks for slot in bank.start.values()]
    operands = [*first, *scalars_of(inits), *slots]
    new = edit.transplant(op, operands, [v.type for v in operands[3:]])
    block = new.regions[0].blocks[0]
    places = {**carried, **_enter(banks, block, op.location)}
    lowering.enter(block, {k + 1: place for k, place in places.items()})
    lowering.block(block)
    _hand_on(lowering, block, places, banks)
    after = iter(list(new.results)[len(operands) - 3 - len(slots) :])
    for bank in banks:
        carried.update(bank.places({k: next(after) for k in bank.start}))
    lowering.retire(op, carried, new)


def lower_while(lowering, op) -> None:
    inits = list(op.operands)
    before, after = (region.blocks[0] for region in op.regions)
    carried, banks = _carry(lowering, op, tensors_of(inits), _exchanged_by_while(before, after))
    slots = [slot for bank in banks for slot in bank.start.values()]
    new = edit.transplant(op, [*scalars_of(inits), *slots], [v.type for v in scalars_of(op.results)])
    before, after = (region.blocks[0] for region in new.regions)
    places = {**carried, **_enter(banks, before, op.location)}
    lowering.enter(before, places)
    lowering.block(before)
    condition = edit.terminator(before)
    forwarded = {k: lowering.owned(v, condition) for k, v in tensors_of(list(condition.operands)[1:]).items()}
    # slots that are known in the first block have to be handed to the second, and to what follows the loop
    slots = [p.slot for p in [*forwarded.values(), *places.values()] if p.slot is not None]
    moving = [slot for slot in dict.fromkeys(slots) if edit.is_within(slot, new)]
    kept = [*scalars_of(condition.operands), *moving]
    edit.replace_operands(edit.terminator(before), kept)
    inside = {slot: after.add_argument(slot.type, op.location) for slot in moving}
    lowering.enter(after, _renamed(forwarded, inside))
    lowering.block(after)
    for bank in banks:
        bank.inside = {k: inside[slot] for k, slot in bank.inside.items()}
    _hand_on(lowering, after, _renamed(places, inside), banks)
    last = edit.transplant(new, list(new.operands), [v.type for v in kept[1:]])
    outside = dict(zip(moving, list(last.results)[len(kept) - 1 - len(moving) :], strict=True))
    new.erase()
    lowering.retire(op, _renamed(forwarded, outside), last)


def _renamed(places: dict[int, TensorBuffer], names: dict) -> dict[int, TensorBuffer]:
    """The places where slots have other names: in a while loop's second block, and after the loop."""
    return {k: TensorBuffer(place.buffer, names.get(place.slot, place.slot)) for k, place in places.items()}


def _exchanged_by_while(before, after) -> list[list[int]]:
    """As banks.exchanged, where the first block hands all that it is given to the second in the same order."""
    passed = list(edit.terminator(before).operands)[1:]
    if passed != list(before.arguments):
        return []
    return exchanged(after, offset=0)


def _carry(lowering, op, inits: dict, groups: list) -> tuple[dict[int, TensorBuffer], list]:
    """The places of carried tensors without those in banks, and the banks."""
    banked = {k for group in groups for k in group}
    carried = {k: lowering.owned(v, op) for k, v in inits.items() if k not in banked}
    with edit.before(op):
        banks = [
            fill_bank({k: lowering.places[inits[k]] for k in group}, inits[group[0]].type, lowering.local)
            for group in groups
        ]
    return carried, banks


def _enter(banks: list, block, location) -> dict[int, TensorBuffer]:
    places = {}
    for bank in banks:
        places.update(bank.enter(block, location))
    return places


def _hand_on(lowering, block, places: dict[int, TensorBuffer], banks: list) -> None:
    """What the body yields must lie where the next iteration reads it."""
    end = edit.terminator(block)
    yielded = {k: lowering.places[end.operands[k]] for k in places}
    kept: list = scalars_of(end.operands)
    still = dict(places)
    for bank in banks:
        found = {k: yielded[k] for k in bank.start}
        if bank.holds(list(found.values())):
            kept += [place.slot for place in found.values()]
            still = {k: place for k, place in still.items() if k not in found}
        else:
            kept += [places[k].slot for k in found]
    with edit.before(end):
        parallel_copy([(yielded[k], place, end.operands[k].type) for k, place in still.items()], lowering.local)
    edit.replace_operands(edit.terminator(block), kept)
