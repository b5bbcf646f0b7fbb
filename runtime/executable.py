"""Running a compiled kernel: arguments into the block, one call of IREE's virtual machine, results out of it.

All memory but that of large arrays (call_arrays.py) belongs to the executable and is reused, so a call of a scalar
kernel is a `struct.pack_into`, an invocation and a `struct.unpack_from`. A lock makes calls from several threads take
turns.
"""

import struct
import sys
import threading
from typing import Any

import iree.runtime as rt
import numpy as np

from dsl.passes.calling_convention import FAILED, LISTS, OVERFLOWED, PRINTED, RECORDS, SITE_SHIFT
from dsl.passes.ir.diagnostics import Error
from dsl.passes.ir.element_types import of_mlir
from dsl.passes.ir.limits import FIRST_LIST_ELEMENTS, FIRST_STACK_ELEMENTS

from . import slots
from .artifact import Artifact
from .call_arrays import Arrays
from .devices import Buffer, device
from .reports import failure, printed_text
from .targets import resolve


def load(artifact) -> "Executable":
    """An artifact, or the path of one, ready to run.

    Raises dsl.Error where the file is not a sound artifact, was made by another IREE, or its target is not here.
    """
    if isinstance(artifact, Artifact):
        return Executable(artifact)
    return Executable(Artifact.load(artifact), name=str(artifact))


class Executable:
    """A compiled kernel on a device; call it with the flat list of its arguments.

    Scalars are Python or NumPy numbers, arrays anything NumPy can convert without loss. Returns the list of results:
    Python numbers, NumPy scalars for the types Python has not, and new arrays; for an array argument that the kernel
    updates, that array, which is changed.
    """

    def __init__(self, artifact: Artifact, name: str = ""):
        name = name or f"the kernel {artifact.signature['entry']}"
        artifact.check_runs_here(name)
        self.signature = artifact.signature
        self._target = resolve(artifact.header["target"])
        self._config = device(self._target)
        instance = self._config.vm_instance
        try:
            module = rt.VmModule.copy_buffer(instance, artifact.vmfb)
            hal = rt.create_hal_module(instance, self._config.device)
            self._context = rt.VmContext(instance, modules=[hal, module])
            self._function: Any = module.lookup_function("call")
        except (RuntimeError, ValueError, KeyError, IndexError) as e:
            raise Error(f"{name} does not load on {artifact.header['target']}: {e}") from e
        self._results = rt.VmVariantList(0)
        self._lock = threading.Lock()
        self._arguments: list = [None]  # a cell, so that the bound function below sees it change
        self._prepare_block()
        self._prepare_buffers()
        self._scalar_call = self._make_scalar_call()

    def _prepare_block(self) -> None:
        args, results = self.signature["args"], self.signature["results"]
        self._scalars = [leaf for leaf in args if "slot" in leaf]
        returned = [leaf for leaf in results if "slot" in leaf]
        self._pack = slots.layout(self._scalars).pack_into
        self._unpack = slots.layout(returned, prefix="q").unpack_from
        self._tail = self.signature["attention"] * 8
        kinds = enumerate(of_mlir(leaf["type"]) for leaf in returned)
        self._converted = [(k, dtype.numpy) for k, dtype in kinds if dtype.python is None]  # the others are Python's

    def _prepare_buffers(self) -> None:
        stacks = self.signature["stacks"]
        first = {LISTS: FIRST_LIST_ELEMENTS}
        self._capacities = [max(first.get(s["tape"], FIRST_STACK_ELEMENTS), s["minimum"]) for s in stacks]
        self._homes: dict[int, list[int]] = {}  # of each binding that holds stacks or lists, their numbers
        for j, stack in enumerate(stacks):
            if stack["tape"] == LISTS:
                rows = {k: binding.get("rows", 0) for k, binding in enumerate(self.signature["bindings"])}
                self._homes.update({k: [j] * count for k, count in rows.items() if count})
            else:
                self._homes.setdefault(stack["binding"], []).append(j)
        self._buffers = [self._buffer(k) for k in range(len(self.signature["bindings"]))]
        self._block = self._buffers[0].array
        self._bytes = memoryview(self._block).cast("B")
        views = {}
        for leaf in [*self.signature["args"], *self.signature["results"]]:
            if "binding" in leaf and "row" not in leaf:
                array = self._buffers[leaf["binding"]].array.view(slots.numpy_type(leaf["type"]))
                count = int(np.prod(leaf["shape"], dtype=np.int64))
                views[leaf["binding"]] = array[:count].reshape(leaf["shape"])
        self._arrays = Arrays(self.signature, views, self._config, lends=self._target.host_memory)
        self._list_arguments()

    def _buffer(self, k: int) -> Buffer:
        binding = self.signature["bindings"][k]
        shape = [self._room(k)] if binding["shape"] is None else binding["shape"]
        return Buffer(self._config, shape, slots.numpy_type(binding["type"]))

    def _room(self, k: int) -> int:
        """How many elements the stacks in a binding may hold together."""
        return sum(self._capacities[j] for j in self._homes[k])

    def _list_arguments(self) -> None:
        first = self.signature["capacities"]
        self._block[first : first + len(self._capacities)] = self._capacities
        self._arguments[0] = self._listed({})

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

    def __call__(self, leaves) -> list:
        """Run the kernel. Raises what the kernel raises, with a note of its place."""
        if not self._has_arrays:
            return self._finish(self._scalar_call(leaves))
        scalars = [value for value, leaf in zip(leaves, self.signature["args"]) if "slot" in leaf]
        with self._lock:
            lent = self._arrays.lent(leaves)
            while True:
                self._arrays.copy_in(leaves, lent)
                self._pack_scalars(scalars)
                self._run(self._listed(lent) if lent else self._arguments[0])
                attention, *values = self._unpack(self._bytes, self._tail)
                if not attention & OVERFLOWED:
                    break
                self._make_room()
            text, error = self._report(attention)
            arrays = self._arrays.outcome(leaves, lent) + self._list_results(values) if error is None else []
        _announce(text, error)
        values = self._finish(values)
        for k, array in sorted(arrays, key=lambda found: found[0]):
            values.insert(k, array)
        return values

    def _list_results(self, values: list) -> list[tuple[int, np.ndarray]]:
        """The numbers of results that are lists with their elements: as many as the number before them says."""
        found, position = [], -1
        for k, leaf in enumerate(self.signature["results"]):
            position += "slot" in leaf
            if "row" in leaf:
                (stack,) = set(self._homes[leaf["binding"]])
                start, count = leaf["row"] * self._capacities[stack], values[position]
                elements = self._buffers[leaf["binding"]].array[start : start + count]
                found.append((k, np.array(elements.view(slots.numpy_type(leaf["type"])))))
        return found

    @property
    def _has_arrays(self) -> bool:
        return bool(self._arrays.arguments or self._arrays.results or self._has_lists)

    @property
    def _has_lists(self) -> bool:
        return any("row" in leaf for leaf in self.signature["results"])

    def direct(self, single: bool = False):
        """The shortest way in for a kernel of Python scalars only: a function of the sequence of its arguments.

        It returns the tuple of results, or with `single` the first; None for kernels that hold anything else.
        """
        if self._has_arrays or self._converted:
            return None
        call = self._scalar_call
        return (lambda leaves: call(leaves)[0]) if single else call

    def _make_scalar_call(self):
        """A function of scalars, its names bound once: looking them up would cost a fifth of the call."""
        lock, results, function, invoke = self._lock, self._results, self._function, self._context.invoke
        pack, unpack, block, tail, arguments = self._pack, self._unpack, self._bytes, self._tail, self._arguments

        def call(leaves):
            with lock:
                try:
                    pack(block, 0, *leaves)
                except (struct.error, OverflowError):
                    self._pack_carefully(leaves)
                try:
                    invoke(function, arguments[0], results)
                except (RuntimeError, ValueError) as e:
                    raise self._device_error(e) from e
                attention, *values = unpack(block, tail)
                if not attention:
                    return values
                while attention & OVERFLOWED:
                    self._make_room()
                    self._run(arguments[0])
                    attention, *values = unpack(block, tail)
                text, error = self._report(attention)
            _announce(text, error)
            return values

        return call

    def _run(self, arguments) -> None:
        try:
            self._context.invoke(self._function, arguments, self._results)
        except (RuntimeError, ValueError) as e:
            raise self._device_error(e) from e

    def _device_error(self, e: Exception) -> Error:
        return Error(f"the device failed while it ran {self.signature['entry']}: {e}")

    def _pack_scalars(self, scalars) -> None:
        try:
            self._pack(self._bytes, 0, *scalars)
        except (struct.error, OverflowError):
            self._pack_carefully(scalars)

    def _pack_carefully(self, scalars) -> None:
        """Numbers that `struct` refuses."""
        if len(scalars) != len(self._scalars):
            raise TypeError(f"{self.signature['entry']} takes {len(self._scalars)} numbers, not {len(scalars)}")
        for leaf, value in zip(self._scalars, scalars):
            self._block[leaf["slot"]] = slots.encode(value, leaf["type"])

    def _finish(self, values: list) -> list:
        for k, type in self._converted:
            values[k] = type(values[k])
        return values

    def _make_room(self) -> None:
        """Enlarge the stacks that overflowed, by a factor at least so that this is rare."""
        grown = set()
        for j, count in enumerate(self._counts()):
            if count > self._capacities[j]:
                self._capacities[j] = max(count, 2 * self._capacities[j])
                grown.add(j)
        for k, held in self._homes.items():
            if not grown.isdisjoint(held):
                self._buffers[k] = self._buffer(k)
        self._list_arguments()

    def _counts(self) -> list:
        end = self.signature["attention"]
        return self._block[end - len(self.signature["stacks"]) : end].tolist()

    def tape_bytes(self) -> int:
        """The most that the last call held on its tapes. (The buffers may be up to twice as large.)"""
        sizes = [slots.numpy_type(stack["type"]).itemsize for stack in self.signature["stacks"]]
        with self._lock:
            counts = self._counts()
        return sum(
            count * size
            for stack, count, size in zip(self.signature["stacks"], counts, sizes)
            if stack["tape"] not in (RECORDS, LISTS)
        )

    def _held(self, j: int, count: int) -> list:
        """The first elements of a stack."""
        home = self.signature["stacks"][j]["binding"]
        start = sum(self._capacities[i] for i in self._homes[home] if i < j)
        return self._buffers[home].array[start : start + count].tolist()

    def _report(self, attention: int) -> tuple:
        """The text that was printed and the exception to raise, if any."""
        text, error = "", None
        if attention & PRINTED:
            for j, (stack, count) in enumerate(zip(self.signature["stacks"], self._counts())):
                if stack["tape"] == RECORDS:
                    text = printed_text(self.signature["records"], self._held(j, count))
        if attention & FAILED:
            site = self.signature["fails"][(attention >> SITE_SHIFT) - 1]
            start = self.signature["details"]
            error = failure(site, self._block[start : start + len(site["types"])].tolist())
        return text, error


def _announce(text: str, error: Exception | None) -> None:
    """Print and raise, when the kernel is free for the next caller."""
    if text:
        sys.stdout.write(text)
    if error is not None:
        raise error
