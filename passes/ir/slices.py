"""Parts of arrays: `tensor.extract_slice` and `tensor.insert_slice`, read and written.

    %s = tensor.extract_slice %a[%i, 2] [1, 8] [1, 1] : tensor<4x16xf64> to tensor<8xf64>

Sizes and strides are constants, the strides above zero; an axis of one element is no axis of the slice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from iree.compiler import ir

from . import edit
from .expr import Expr, constant, emit

SLICES = EXTRACT, INSERT = "tensor.extract_slice", "tensor.insert_slice"


@dataclass(frozen=True)
class Slice:
    """Where the elements of a slice lie in the array it is of."""

    offsets: tuple[int | ir.Value, ...]
    sizes: tuple[int, ...]
    strides: tuple[int, ...]

    @staticmethod
    def of(op: ir.Operation) -> Slice:
        """The slice that an operation takes or gives."""
        numbers = lambda name: tuple(ir.DenseI64ArrayAttr(op.attributes[f"static_{name}"]))
        given = iter(list(op.operands)[1 if op.name == EXTRACT else 2 :])
        dynamic = ir.ShapedType.get_dynamic_size()
        offsets = tuple(next(given) if n == dynamic else n for n in numbers("offsets"))
        return Slice(offsets, numbers("sizes"), numbers("strides"))

    @property
    def kept(self) -> list[int]:
        """The axes of the array that are axes of the slice."""
        return [k for k, n in enumerate(self.sizes) if n != 1]

    def moved(self, primal: Callable[[ir.Value], ir.Value]) -> Slice:
        """The same with other values for the offsets that are known only at run time."""
        return Slice(tuple(x if isinstance(x, int) else primal(x) for x in self.offsets), self.sizes, self.strides)

    def place(self, at: Sequence[ir.Value]) -> list[ir.Value]:
        """The index in the array of an element of the slice; made at the insertion point."""
        index, inside = ir.IndexType.get(), dict(zip(self.kept, at, strict=True))
        found = []
        for k, (offset, stride) in enumerate(zip(self.offsets, self.strides, strict=True)):
            first = constant(offset, index) if isinstance(offset, int) else offset
            if k in inside:
                step = Expr(inside[k]) if stride == 1 else Expr(inside[k]) * stride
                first = step.value if offset == 0 else (Expr(first) + step).value
            found.append(first)
        return found

    def extract(self, tensor: ir.Value) -> ir.Value:
        """The slice of an array."""
        shape = [self.sizes[k] for k in self.kept]
        kind = ir.RankedTensorType.get(shape, ir.RankedTensorType(tensor.type).element_type)
        return emit(EXTRACT, [tensor, *self._given()], [kind], **self._attributes([1])).result

    def insert(self, part: ir.Value, tensor: ir.Value) -> ir.Value:
        """The array with the elements of the slice replaced."""
        return emit(INSERT, [part, tensor, *self._given()], [tensor.type], **self._attributes([1, 1])).result

    def _given(self) -> list[ir.Value]:
        return [x for x in self.offsets if not isinstance(x, int)]

    def _attributes(self, operands: list[int]) -> dict[str, ir.Attribute]:
        dynamic = ir.ShapedType.get_dynamic_size()
        offsets = [x if isinstance(x, int) else dynamic for x in self.offsets]
        segments = [*operands, len(self._given()), 0, 0]
        return {
            "static_offsets": ir.DenseI64ArrayAttr.get(offsets),
            "static_sizes": ir.DenseI64ArrayAttr.get(list(self.sizes)),
            "static_strides": ir.DenseI64ArrayAttr.get(list(self.strides)),
            "operandSegmentSizes": ir.DenseI32ArrayAttr.get(segments),
        }


def taken_from(tensor: ir.Value) -> tuple[ir.Value, Slice] | None:
    """What array a tensor is a slice of, and which; None where it is none."""
    maker = edit.defining_op(tensor)
    return (maker.operands[0], Slice.of(maker)) if maker is not None and maker.name == EXTRACT else None
