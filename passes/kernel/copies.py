"""Copying and filling whole buffers, as loops over their elements (LLVM makes memcpy and memset of them)."""

from iree.compiler import ir
from iree.compiler.dialects import arith, memref, scf

from .build import store


def each_element(shape, body, indices=()) -> None:
    """Nest loops over `shape` and call body(indices) in the innermost."""
    if len(indices) == len(shape):
        body(list(indices))
        return
    index = ir.IndexType.get()
    zero, one = arith.constant(index, 0), arith.constant(index, 1)
    loop = scf.ForOp(zero, arith.constant(index, shape[len(indices)]), one)
    with ir.InsertionPoint(loop.body):
        each_element(shape, body, (*indices, loop.induction_variable))
        scf.yield_([])


def copy(source, target, type) -> None:
    """Copy the elements of a buffer that holds a tensor of this type."""
    each_element(type.shape, lambda indices: memref.store(memref.load(source, indices), target, indices))


def fill(buffer, value, type) -> None:
    each_element(type.shape, lambda indices: store(value, buffer, indices))


def parallel_copy(moves, new_buffer) -> None:
    """Do all moves (source, target, type) as if at once: a source that is also a target is saved first."""
    moves = [move for move in moves if move[0] != move[1]]
    targets = [target for _, target, _ in moves]
    saved = {}
    for source, _, type in moves:
        if source in targets and source not in saved:
            saved[source] = new_buffer(type)
            copy(source, saved[source], type)
    for source, target, type in moves:
        copy(saved.get(source, source), target, type)
