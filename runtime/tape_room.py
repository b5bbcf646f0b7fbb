"""A tape that cannot fit in memory is an error before memory is gone, where the system would end the process."""

from __future__ import annotations

from collections import Counter

from dsl.passes.calling_convention import LISTS, RECORDS
from dsl.passes.ir.diagnostics import Error, Place
from dsl.passes.ir.limits import UNCHECKED_TAPE_BYTES

from . import host, slots


def check_room(signature: dict, counts: list[int], grown: set[int]) -> None:
    """Raise dsl.Error where stacks that are to grow to these counts need more memory than there is."""
    stacks = signature["stacks"]
    needed = {j: counts[j] * slots.numpy_type(stacks[j]["type"]).itemsize for j in grown if stacks[j]["tape"] != LISTS}
    total = sum(needed.values())
    if total <= UNCHECKED_TAPE_BYTES:
        return
    free = host.free_memory()
    if free is None or total < free:
        return
    largest = stacks[max(needed, key=lambda j: needed[j])]["tape"]
    what = "printed text" if largest == RECORDS else "what is stored for the way back"
    lines = [f"{what} in {signature['entry']} takes {_size(total)}, and {_size(free)} of memory are free"]
    if largest != RECORDS:
        lines += _loops([stack for stack in stacks if stack["tape"] == largest])
        lines.append('help: @dsl.kernel(checkpoint="1 GiB") stores no more than that, and computes the rest again')
    raise Error("\n".join(lines))


def _loops(stacks: list[dict]) -> list[str]:
    """The loops that a tape grows in, those that store most first, with their lines."""
    stored: Counter[tuple] = Counter()
    for stack in stacks:
        for place, count in stack["loops"]:
            stored[tuple(map(tuple, place))] += count * slots.numpy_type(stack["type"]).itemsize
    lines = []
    for place, size in stored.most_common(3):
        if place:
            first = Place(*place[0])
            lines += [f"{first}: each iteration of this loop stores {size:,} bytes", first.excerpt()]
    return [line for line in lines if line]


def _size(count: int) -> str:
    for unit in ("TB", "GB", "MB"):
        if count >= (limit := {"TB": 10**12, "GB": 10**9, "MB": 10**6}[unit]):
            return f"{count / limit:.1f} {unit}"
    return f"{count:,} bytes"
