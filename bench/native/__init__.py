"""C programs to compare with: compiled by gcc -O3 -march=native, called through ctypes."""

import ctypes
import hashlib
import os
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
FLAGS = ["-O3", "-march=native", "-fno-math-errno", "-shared", "-fPIC"]


def library(name: str) -> ctypes.CDLL:
    """The compiled bench/native/NAME.c, built once per content in a private temporary directory."""
    source = HERE / f"{name}.c"
    digest = hashlib.sha256(source.read_bytes() + " ".join(FLAGS).encode()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"dsl-bench-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    target = folder / f"{name}-{digest}.so"
    if not target.exists():
        partial = target.with_suffix(f".{os.getpid()}")
        subprocess.run(["gcc", *FLAGS, "-o", str(partial), str(source), "-lm"], check=True)
        partial.rename(target)
    return ctypes.CDLL(str(target))


def function(name: str, symbol: str, result, *arguments):
    found = getattr(library(name), symbol)
    found.restype, found.argtypes = result, arguments
    return found


def pointer(array):
    return array.ctypes.data_as(ctypes.POINTER(ctypes.c_double))
