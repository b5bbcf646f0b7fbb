"""What code depends on besides the program: the versions of all that makes it, and the machine it is made for.

None of it loads the compiler."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
import platform
import sys
from pathlib import Path

import numpy as np

from dsl import passes, runtime
from dsl.runtime import host
from dsl.runtime.targets import Target


@functools.cache
def versions() -> tuple[str, ...]:
    """Python, NumPy, IREE's compiler and this package, down to the text of its files."""
    own = os.path.dirname(os.path.dirname(__file__))
    package = package_text(own, *(os.path.dirname(str(part.__file__)) for part in (passes, runtime)))
    return (sys.version, f"-O{sys.flags.optimize}", np.__version__, _compiler(), package)


def machine(target: Target) -> tuple[str, ...]:
    """The target, and for code that is made for the processor at hand which one that is."""
    needs = target.host_needs()
    if needs is None or not needs["features"]:
        # made for any of its kind, unless the system does not tell what the processor can do
        unknown = needs is not None and not host.describe()["features"]
        return (str(target), platform.machine(), platform.node() if unknown else "")
    return (str(target), platform.machine(), host.processor())


def _compiler() -> str:
    """The text of IREE's version with the sizes and times of its libraries, should it be one that is being built."""
    found = importlib.util.find_spec("iree.compiler")
    if found is None or not found.submodule_search_locations:
        return "none"
    folder = Path(next(iter(found.submodule_search_locations)))
    libraries = [path.stat() for path in sorted(folder.glob("_mlir_libs/*IREECompiler*"))]
    return str([(folder / "version.py").read_text(), *((file.st_size, file.st_mtime_ns) for file in libraries)])


def package_text(*folders: str) -> str:
    """A digest of every file of code in folders: a developer's change of the compiler makes all programs new ones."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in _files(folder):
            digest.update(path.removeprefix(folder).encode() + b"\0")
            with open(path, "rb") as file:
                digest.update(hashlib.sha256(file.read()).digest())
    return digest.hexdigest()


def _files(folder: str) -> list[str]:
    found = []
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.is_dir():
                found += _files(entry.path) if entry.name != "__pycache__" else []
            elif entry.name.endswith((".py", ".so", ".pyd", ".dylib")):
                found.append(entry.path)
    return found
