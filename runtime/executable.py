"""Running a compiled kernel: arguments into the block, one call of IREE's virtual machine, results out of it.

All memory belongs to the executable and is reused, so a call of a scalar kernel is a `struct.pack_into`, an invocation
and a `struct.unpack_from`. A lock makes calls from several threads take turns.
"""

import struct
import threading

import iree.runtime as rt
import numpy as np

from dsl.passes.diagnostics import Error

from .artifact import Artifact
from .devices import Buffer, device
from .reports import print_records, raise_failure

FAILED, OVERFLOWED, PRINTED = 1, 2, 4
SITE_SHIFT = 8
STACK_ELEMENTS = 1024  # the capacity of a stack before anything is known of its need

_DTYPES = {"i1": "?", "i8": "i1", "i32": "<i4", "i64": "<i8", "f16": "<f2", "f32": "<f4", "f64": "<f8"}
_FORMATS = {"i1": "?7x", "i32": "i4x", "i64": "q", "f16": "e6x", "f32": "f4x", "f64": "d"}
# bool, int and float of Python are i1, i64 and f64; the other types come back as NumPy scalars.
_SCALARS = {"i32": np.int32, "f16": np.float16, "f32": np.float32}


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
    Python numbers, NumPy scalars for the types Python has not, and new arrays (for an array argument that the kernel
    updates, its new contents).
    """

    def __init__(self, artifact: Artifact, name: str = ""):
        name = name or f"the kernel {artifact.signature['entry']}"
        artifact.check_runs_here(name)
        self.signature = artifact.signature
        self._config = device(artifact.header["target"])
        instance = self._config.vm_instance
        try:
            module = rt.VmModule.copy_buffer(instance, artifact.vmfb)
            hal = rt.create_hal_module(instance, self._config.device)
            self._context = rt.VmContext(instance, modules=[hal, module])
            self._function = module.lookup_function("call")
        except (RuntimeError, ValueError, KeyError) as e:
            raise Error(f"{name} does not load on {artifact.header['target']}: {e}") from e
        self._results = rt.VmVariantList(0)
        self._lock = threading.Lock()
        self._prepare_block()
        self._prepare_buffers()

    def _prepare_block(self) -> None:
        signature = self.signature
        scalars = [leaf for leaf in signature["args"] if "slot" in leaf]
        returned = [leaf for leaf in signature["results"] if "slot" in leaf]
        self._pack = struct.Struct("<" + "".join(_FORMATS[leaf["type"]] for leaf in scalars)).pack_into
        self._unpack = struct.Struct("<q" + "".join(_FORMATS[leaf["type"]] for leaf in returned)).unpack_from
        self._tail = signature["attention"] * 8
        self._array_args = [k for k, leaf in enumerate(signature["args"]) if "binding" in leaf]
        self._array_results = [k for k, leaf in enumerate(signature["results"]) if "binding" in leaf]
        self._converted = [(k, _SCALARS[leaf["type"]]) for k, leaf in enumerate(returned) if leaf["type"] in _SCALARS]
        self._plain = not (self._array_args or self._array_results or self._converted)

    def _prepare_buffers(self) -> None:
        self._buffers, self._capacities = [], {}
        for k, binding in enumerate(self.signature["bindings"]):
            shape = binding["shape"]
            if shape is None:
                shape = self._capacities[k] = [STACK_ELEMENTS]
            self._buffers.append(Buffer(self._config, shape, _DTYPES[binding["type"]]))
        for stack in self.signature["stacks"]:
            self._grow(stack, stack["minimum"])
        self._block = self._buffers[0].array
        self._bytes = memoryview(self._block).cast("B")
        self._views = {}
        for leaf in [*self.signature["args"], *self.signature["results"]]:
            if "binding" in leaf:
                array = self._buffers[leaf["binding"]].array.view(_DTYPES[leaf["type"]])
                count = int(np.prod(leaf["shape"], dtype=np.int64))
                self._views[leaf["binding"]] = array[:count].reshape(leaf["shape"])
        self._list_arguments()

    def _list_arguments(self) -> None:
        """What @call is given; the kernel itself reads the capacities from the block."""
        self._arguments = rt.VmVariantList(len(self._buffers) + len(self._capacities))
        for buffer in self._buffers:
            self._arguments.push_ref(buffer.hal)
        for k, (capacity,) in enumerate(self._capacities.values()):
            self._block[self.signature["capacities"] + k] = capacity
            if self.signature["sized_call"]:
                self._arguments.push_int(capacity)

    def _grow(self, stack: dict, needed: int) -> None:
        binding = stack["binding"]
        (capacity,) = self._capacities[binding]
        if needed > capacity:
            self._capacities[binding] = [max(needed, 2 * capacity)]
            dtype = _DTYPES[stack["type"]]
            self._buffers[binding] = Buffer(self._config, self._capacities[binding], dtype)

    # -- calling -----------------------------------------------------------------------------------------------------

    def __call__(self, leaves):
        """Run the kernel. Raises what the kernel raises, with a note of its place."""
        if not self._plain:
            return self._call_with_arrays(leaves)
        with self._lock:
            try:
                self._pack(self._bytes, 0, *leaves)
            except (struct.error, OverflowError):
                self._pack_slowly(leaves)
            self._run()
            attention, *values = self._unpack(self._bytes, self._tail)
            return values if not attention else self._attend(attention, leaves, values)

    def _run(self) -> None:
        try:
            self._context.invoke(self._function, self._arguments, self._results)
        except (RuntimeError, ValueError) as e:
            raise Error(f"the device failed while it ran {self.signature['entry']}: {e}") from e

    def _call_with_arrays(self, leaves):
        args = self.signature["args"]
        scalars = [value for value, leaf in zip(leaves, args) if "slot" in leaf]
        with self._lock:
            while True:
                for k in self._array_args:
                    self._upload(k, args[k], leaves[k])
                try:
                    self._pack(self._bytes, 0, *scalars)
                except (struct.error, OverflowError):
                    self._pack_slowly(scalars)
                self._run()
                attention, *values = self._unpack(self._bytes, self._tail)
                if not attention & OVERFLOWED:
                    break
                self._make_room()
            if attention:
                self._report(attention)
            return self._assemble(values)

    def _upload(self, position: int, leaf: dict, value) -> None:
        view, array = self._views[leaf["binding"]], np.asarray(value)
        if array.shape != view.shape or array.dtype != view.dtype:
            raise TypeError(
                f"argument {position} of {self.signature['entry']} is {leaf['type']}{leaf['shape']}, "
                f"and this is {array.dtype}{list(array.shape)}"
            )
        view[...] = array

    def _assemble(self, values) -> list:
        for k, type in self._converted:
            values[k] = type(values[k])
        for k in self._array_results:
            view = self._views[self.signature["results"][k]["binding"]]
            values.insert(k, np.array(view))
        return values

    def _attend(self, attention, leaves, values):
        """The rare ends of a scalar call: run again with larger stacks, print, raise."""
        while attention & OVERFLOWED:
            self._make_room()
            self._run()
            attention, *values = self._unpack(self._bytes, self._tail)
        self._report(attention)
        return values

    def _make_room(self) -> None:
        for stack, count in zip(self.signature["stacks"], self._counts()):
            self._grow(stack, count)
        self._list_arguments()

    def _counts(self) -> list:
        end = self.signature["attention"]
        return self._block[end - len(self.signature["stacks"]) : end].tolist()

    def _report(self, attention) -> None:
        if attention & PRINTED:
            for stack, count in zip(self.signature["stacks"], self._counts()):
                if stack["tape"] == "dsl.record":
                    print_records(self.signature["records"], self._buffers[stack["binding"]].array[:count].tolist())
        if attention & FAILED:
            site = self.signature["fails"][(attention >> SITE_SHIFT) - 1]
            start = self.signature["details"]
            raise_failure(site, self._block[start : start + len(site["types"])].tolist())

    def _pack_slowly(self, scalars) -> None:
        """Numbers that `struct` refuses: floats beyond f32 become infinite, integers out of range are refused."""
        slots = self._block
        leaves = [leaf for leaf in self.signature["args"] if "slot" in leaf]
        if len(scalars) != len(leaves):
            raise TypeError(f"{self.signature['entry']} takes {len(leaves)} numbers, not {len(scalars)}")
        for leaf, value in zip(leaves, scalars):
            with np.errstate(over="ignore"):
                converted = np.array(value).astype(_DTYPES[leaf["type"]], casting="same_kind")
            if leaf["type"][0] == "i" and int(converted) != int(value):
                raise OverflowError(f"{value} does not fit {leaf['type']}")
            slots[leaf["slot"]] = int.from_bytes(converted.tobytes().ljust(8, b"\0"), "little", signed=True)
