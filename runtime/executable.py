"""Running a compiled kernel: arguments into the block, one call of IREE's virtual machine, results out of it.

A call takes an instance of the kernel (instance.py) from those that are idle, or makes one where all of them run: in
other threads, each on a core of its own, or in this one, when a signal's handler calls the kernel that it interrupted.
An instance that a call did not give back, because a handler raised or the process was forked meanwhile, is never used
again. So no call waits for another, and nothing is locked.
"""

import struct
from typing import Any

import iree.runtime as rt

from dsl.passes.calling_convention import HELD
from dsl.passes.ir.diagnostics import Error

from .artifact import Artifact
from .devices import device
from .instance import Format, Instance, device_error
from .output import print_text
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
    updates, that array, which is changed. Calls from several threads run at the same time.
    """

    def __init__(self, artifact: Artifact, name: str = ""):
        self._name = name or f"the kernel {artifact.signature['entry']}"
        artifact.check_runs_here(self._name)
        self.signature = artifact.signature
        self._target = resolve(artifact.header["target"])
        self._config = device(self._target)
        with self._load_errors():
            self._module = rt.VmModule.copy_buffer(self._config.vm_instance, artifact.vmfb)
            function: Any = self._module.lookup_function("call")
        artifact.check_held(None if function is None else function.reflection.get(HELD), self._name)
        self._form = Format(self.signature)
        self._has_arrays = any("binding" in leaf for leaf in self.signature["args"] + self.signature["results"])
        # what a call of scalars needs of each idle instance, the last used last; lists are changed in one step
        self._idle: list[tuple] = []
        self._give_back(self._make())
        self._scalar_call = self._make_scalar_call()

    def _load_errors(self):
        return _LoadErrors(self._name, str(self._target))

    def _make(self) -> Instance:
        """Another instance: the compiled module is shared, its state and memory are not."""
        vm = self._config.vm_instance
        with self._load_errors():
            context = rt.VmContext(vm, modules=[rt.create_hal_module(vm, self._config.device), self._module])
            function: Any = self._module.lookup_function("call")
        return Instance(self._form, context, function, self._target, self._config)

    def _take(self) -> Instance:
        try:
            return self._idle.pop()[0]
        except IndexError:
            return self._make()

    def _give_back(self, instance: Instance) -> None:
        self._idle.append((instance, instance.bytes, instance.invoke, instance.arguments, instance.results))

    # -- calling -----------------------------------------------------------------------------------------------------

    def __call__(self, leaves) -> list:
        """Run the kernel. Raises what the kernel raises, with a note of its place."""
        if not self._has_arrays:
            return self._finish(self._scalar_call(leaves))
        scalars = [value for value, leaf in zip(leaves, self.signature["args"]) if "slot" in leaf]
        instance = self._take()
        try:
            values, arrays, text, error = instance.run(leaves, scalars)
        finally:
            self._give_back(instance)
        _announce(text, error)
        values = self._finish(values)
        for k, array in sorted(arrays, key=lambda found: found[0]):
            values.insert(k, array)
        return values

    def direct(self, single: bool = False):
        """The shortest way in for a kernel of Python scalars only: a function of the sequence of its arguments.

        It returns the tuple of results, or with `single` the first; None for kernels that hold anything else.
        """
        if self._has_arrays or self._form.converted:
            return None
        call = self._scalar_call
        return (lambda leaves: call(leaves)[0]) if single else call

    def _make_scalar_call(self):
        """A function of scalars, its names bound once: looking them up would cost a fifth of the call."""
        form, pack, unpack, tail = self._form, self._form.pack, self._form.unpack, self._form.tail
        take, give_back, function = self._idle.pop, self._idle.append, self._module.lookup_function("call")

        def call(leaves):
            try:
                idle = take()
            except IndexError:
                self._give_back(self._make())
                return call(leaves)
            instance, block, invoke, arguments, results = idle
            try:
                pack(block, 0, *leaves)
            except (struct.error, OverflowError):
                try:
                    form.pack_carefully(instance.block, leaves)
                except BaseException:
                    give_back(idle)
                    raise
            try:
                invoke(function, arguments, results)
            except (RuntimeError, ValueError) as e:
                raise device_error(self.signature, e) from e
            attention, *values = unpack(block, tail)
            if not attention:
                give_back(idle)
                return values
            try:
                values, text, error = instance.end(attention, values)
            finally:
                self._give_back(instance)
            _announce(text, error)
            return values

        return call

    def _finish(self, values: list) -> list:
        for k, type in self._form.converted:
            values[k] = type(values[k])
        return values

    def tape_bytes(self) -> int:
        """The most that the last call held on its tapes. (The buffers may be up to twice as large.)"""
        instance = self._take()
        try:
            return instance.tape_bytes()
        finally:
            self._give_back(instance)


class _LoadErrors:
    """IREE's errors while it loads a kernel, as ours."""

    def __init__(self, name: str, target: str):
        self._name, self._target = name, target

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if isinstance(error, RuntimeError | ValueError | KeyError | IndexError):
            raise Error(f"{self._name} does not load on {self._target}: {error}") from error


def _announce(text: str, error: Exception | None) -> None:
    """Print and raise, when the kernel is free for the next caller."""
    print_text(text)
    if error is not None:
        raise error
