"""One place where a compiled kernel can run: its IREE context and its memory. Each is used by one call at a time.

All memory but that of large arrays (call_arrays.py) belongs to the instance and is reused, so a call of a scalar kernel
is a `struct.pack_into`, an invocation and a `struct.unpack_from`.
"""

import struct
from collections.abc import Callable
from typing import Any

import iree.runtime as rt
import numpy as np

from dsl.passes.calling_convention import FAILED, LISTS, OVERFLOWED, POLL_SLOTS, PRINTED, RECORDS, SITE_SHIFT, STOPPED
from dsl.passes.ir.diagnostics import Error
from dsl.passes.ir.element_types import of_mlir
from dsl.passes.ir.limits import FIRST_LIST_ELEMENTS, FIRST_STACK_ELEMENTS

from . import slots
from .call_arrays import Arrays, place
from .devices import Buffer
from .output import Output
from .polls import Polls
from .reports import failure
from .tape_room import check_room


class Format:
    """How the scalars of a signature lie in the block."""

    def __init__(self, signature: dict):
        self.signature = signature
        self.scalars = [leaf for leaf in signature["args"] if "slot" in leaf]
        returned = [leaf for leaf in signature["results"] if "slot" in leaf]
        self.pack = slots.layout(self.scalars).pack_into
        self.unpack = slots.layout(returned, prefix="q").unpack_from
        self.tail = signature["attention"] * 8
        kinds = enumerate(of_mlir(leaf["type"]) for leaf in returned)
        self.converted = [(k, dtype.numpy) for k, dtype in kinds if dtype.python is None]  # the others are Python's

    def pack_carefully(self, block: np.ndarray, scalars) -> None:
        """Numbers that `struct` refuses."""
        if len(scalars) != len(self.scalars):
            raise TypeError(f"{self.signature['entry']} takes {len(self.scalars)} numbers, not {len(scalars)}")
        for leaf, value in zip(self.scalars, scalars):
            block[leaf["slot"]] = slots.encode(value, leaf["type"])


class Instance:
    """A context of IREE's with a kernel loaded, and the buffers that it works on.

    context, function: what IREE runs. `bytes` is the block as bytes, `arguments` what @call is given."""

    def __init__(self, form: Format, context, function, target, config):
        self.signature, self._form, self._config, self._target = form.signature, form, config, target
        self.invoke: Callable = context.invoke
        self.function: Any = function
        self.results = rt.VmVariantList(0)
        self._prepare_buffers()

    def _prepare_buffers(self) -> None:
        stacks = self.signature["stacks"]
        first = {LISTS: FIRST_LIST_ELEMENTS}
        self.capacities = [max(first.get(s["tape"], FIRST_STACK_ELEMENTS), s["minimum"]) for s in stacks]
        self._homes: dict[int, list[int]] = {}  # of each binding that holds stacks or lists, their numbers
        for j, stack in enumerate(stacks):
            if stack["tape"] == LISTS:
                rows = {k: binding.get("rows", 0) for k, binding in enumerate(self.signature["bindings"])}
                self._homes.update({k: [j] * count for k, count in rows.items() if count})
            else:
                self._homes.setdefault(stack["binding"], []).append(j)
        self._buffers = [self._buffer(k) for k in range(len(self.signature["bindings"]))]
        self.block = self._buffers[0].array
        self.bytes = memoryview(self.block).cast("B")
        views = {}
        for leaf in [*self.signature["args"], *self.signature["results"]]:
            if "binding" in leaf and "row" not in leaf:
                array = self._buffers[leaf["binding"]].array.view(slots.numpy_type(leaf["type"]))
                first, count = leaf.get("start", 0), int(np.prod(leaf["shape"], dtype=np.int64))
                views[place(leaf)] = array[first : first + count].reshape(leaf["shape"])
        self._arrays = Arrays(self.signature, views, self._config, lends=self._target.host_memory)
        self._list_arguments()
        first = self.signature["poll"]
        self._output = Output(self.signature, self.block, lambda j: self._held(j))
        looks = self._output.prints or bool(stacks)
        words = self.block[first : first + POLL_SLOTS]
        self._polls = Polls(words, self._look if looks else None) if first >= 0 else None

    def _buffer(self, k: int) -> Buffer:
        binding = self.signature["bindings"][k]
        shape = [self._room(k)] if binding["shape"] is None else binding["shape"]
        return Buffer(self._config, shape, slots.numpy_type(binding["type"]))

    def _room(self, k: int) -> int:
        """How many elements the stacks in a binding may hold together."""
        return sum(self.capacities[j] for j in self._homes[k])

    def _list_arguments(self) -> None:
        first = self.signature["capacities"]
        self.block[first : first + len(self.capacities)] = self.capacities
        self.arguments = self._listed({})

    def _listed(self, lent: dict):
        """What @call is given; the kernel itself reads the capacities from the block."""
        sized = self._homes if self.signature["sized_call"] else []
        arguments = rt.VmVariantList(len(self._buffers) + len(sized))
        for k, buffer in enumerate(self._buffers):
            arguments.push_ref(lent[k][0] if k in lent else buffer.hal)
        for k in sized:
            arguments.push_int(self._room(k))
        return arguments

    # -- calling -----------------------------------------------------------------------------------------------------

    def run(self, leaves, scalars) -> tuple[list, list, str, Exception | None]:
        """One call of the kernel: the scalar results, the array results with their numbers, what was printed and the
        exception that the kernel raises."""
        lent = self._arrays.lent(leaves)
        while True:
            self._arrays.copy_in(leaves, lent)
            self._pack(scalars)
            self._run(self._listed(lent) if lent else self.arguments)
            attention, *values = self._form.unpack(self.bytes, self._form.tail)
            if not attention & OVERFLOWED:
                break
            self._again()
        text, error = self._report(attention)
        arrays = self._arrays.outcome(leaves, lent) + self._list_results(values) if error is None else []
        return values, arrays, text, error

    def _list_results(self, values: list) -> list[tuple[int, np.ndarray]]:
        """The numbers of results that are lists with their elements: as many as the number before them says."""
        found, position = [], -1
        for k, leaf in enumerate(self.signature["results"]):
            position += "slot" in leaf
            if "row" in leaf:
                (stack,) = set(self._homes[leaf["binding"]])
                start, count = leaf["row"] * self.capacities[stack], values[position]
                elements = self._buffers[leaf["binding"]].array[start : start + count]
                found.append((k, np.array(elements.view(slots.numpy_type(leaf["type"])))))
        return found

    def end(self, attention: int, values: list) -> tuple[list, str, Exception | None]:
        """What comes of a call of scalars whose kernel asked for attention."""
        while attention & OVERFLOWED:
            self._again()
            self._run(self.arguments)
            attention, *values = self._form.unpack(self.bytes, self._form.tail)
        return values, *self._report(attention)

    def _pack(self, scalars) -> None:
        try:
            self._form.pack(self.bytes, 0, *scalars)
        except (struct.error, OverflowError):
            self._form.pack_carefully(self.block, scalars)

    def _run(self, arguments) -> None:
        try:
            self.invoke(self.function, arguments, self.results)
        except (RuntimeError, ValueError) as e:
            raise device_error(self.signature, e) from e

    def _look(self) -> None:
        """What is done while the kernel runs, besides handling signals."""
        if self._output.prints:
            self._output.show()
        counts = self._counts()
        check_room(self.signature, counts, self._without_room(counts))

    def _without_room(self, counts: list[int]) -> set[int]:
        return {j for j, (count, capacity) in enumerate(zip(counts, self.capacities)) if count > capacity}

    def _again(self) -> None:
        """Before the kernel runs again because a stack had no room."""
        try:
            self._make_room()
        except BaseException:
            self._forget()
            raise
        self._output.run_again()

    def _forget(self) -> None:
        """After a call that ends without a result: nothing of it is left for the next one."""
        self._output.end()
        end = self.signature["attention"]
        self.block[end - len(self.signature["stacks"]) : end] = 0

    def _make_room(self) -> None:
        """Enlarge the stacks that overflowed, by a factor at least so that this is rare."""
        counts = self._counts()
        grown = self._without_room(counts)
        check_room(self.signature, counts, grown)
        for j in grown:
            self.capacities[j] = max(counts[j], 2 * self.capacities[j])
        for k, held in self._homes.items():
            if not grown.isdisjoint(held):
                self._buffers[k] = self._buffer(k)
        self._list_arguments()

    def _counts(self) -> list:
        end = self.signature["attention"]
        return self.block[end - len(self.signature["stacks"]) : end].tolist()

    def tape_bytes(self) -> int:
        """The most that the last call held on its tapes. (The buffers may be up to twice as large.)"""
        sizes = [slots.numpy_type(stack["type"]).itemsize for stack in self.signature["stacks"]]
        return sum(
            count * size
            for stack, count, size in zip(self.signature["stacks"], self._counts(), sizes)
            if stack["tape"] not in (RECORDS, LISTS)
        )

    def _held(self, j: int) -> np.ndarray:
        """The elements of a stack."""
        home = self.signature["stacks"][j]["binding"]
        start = sum(self.capacities[i] for i in self._homes[home] if i < j)
        return self._buffers[home].array[start : start + self.capacities[j]]

    def _report(self, attention: int) -> tuple[str, Exception | None]:
        """The text that was printed and is not shown yet, and the exception to raise, if any."""
        if attention & STOPPED:
            self._forget()
            raise self._stopped()
        text, error = self._output.end() if attention & PRINTED else "", None
        if attention & FAILED:
            site = self.signature["fails"][(attention >> SITE_SHIFT) - 1]
            start = self.signature["details"]
            error = failure(site, self.block[start : start + len(site["types"])].tolist())
        return text, error

    def _stopped(self) -> BaseException:
        assert self._polls is not None, "a kernel without loops was stopped"
        return self._polls.error()


def device_error(signature: dict, e: Exception) -> Error:
    return Error(f"the device failed while it ran {signature['entry']}: {e}")
