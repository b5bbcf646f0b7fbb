"""Devices and memory on them.

A buffer is allocated once, mapped once, and written and read through the mapping: no transfers of IREE's own, which
fail on Vulkan for unaligned NumPy memory and cost more than a whole kernel on the CPU.
"""

import functools
import sys

import iree.runtime as rt
import numpy as np

from dsl.passes.ir.diagnostics import Error

from .locks import lock_of
from .targets import TARGETS, resolve

_lock = lock_of(sys.modules[__name__])


@functools.cache
def _open(driver: str):
    """One device for each driver, as many as there are targets, and kept: a kernel's buffers live on it. Called under
    _lock, so that two threads do not open one twice. One that does not open is tried again: it may be plugged in."""
    return rt.Config(driver)


def device(name=None) -> "rt.Config":
    """The (cached) device of a target, with its VM instance. Raises Error where there is no such device here."""
    target = resolve(name)
    with _lock:
        try:
            return _open(target.driver)
        except Exception as e:
            raise Error(f"there is no {target.name} device on this machine: {e}") from e


def usable_targets() -> list:
    """The names of the targets that this machine can run."""
    found = []
    for name in TARGETS:
        try:
            device(name)
        except Error:
            continue
        found.append(name)
    return found


def describe_device(name: str) -> str:
    """What the device of a target calls itself."""
    target = resolve(name)
    device(target)
    return target.device_name([found["name"] for found in rt.get_driver(target.driver).query_available_devices()])


_MEMORY = int(rt.MemoryType.DEVICE_LOCAL) | int(rt.MemoryType.HOST_VISIBLE)
_USAGE = int(rt.BufferUsage.DEFAULT) | int(rt.BufferUsage.MAPPING)


def lend(config, array: np.ndarray):
    """A device buffer on the memory of a contiguous array, which it keeps alive. Only for devices in host memory."""
    return config.device.allocator.import_host_allocation(array, _MEMORY, _USAGE)


class Buffer:
    """Device memory with a NumPy array that views it."""

    def __init__(self, config, shape, dtype):
        dtype = np.dtype(dtype)
        elements = max(1, int(np.prod(shape, dtype=np.int64)))
        try:
            self.hal = config.device.allocator.allocate_buffer(
                memory_type=_MEMORY, allowed_usage=_USAGE, allocation_size=elements * dtype.itemsize
            )
        except Exception as e:
            raise MemoryError(f"no room for {elements * dtype.itemsize:,} bytes on the device: {e}") from e
        self._mapping = self.hal.map()
        self.array = self._mapping.asarray((elements,), dtype)
