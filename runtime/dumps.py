"""The stages after ours, as text: IREE's phases, LLVM IR, and what the machine gets.

`later_stages` compiles once more with IREE's own tool, which can write its phases; it is for reading, not for speed.
Stage names: `iree.input` … `iree.vm` in IREE's order, then what the target's back end makes.
"""

import itertools
import re
import subprocess
import tempfile
from pathlib import Path

from iree.compiler.tools.binaries import find_tool

from dsl.passes.ir.diagnostics import CompileError
from dsl.passes.pipeline import Driver, Text

from .compiler import errors_only, payload
from .targets import DUMP_FLAGS, PROCESS_FLAGS, Target

_PHASE = re.compile(r"\.(\d+)\.([a-z-]+)\.mlir$")


def later_stages(kernel, target: Target) -> dict:
    """Stage name -> text for a kernel module (what `lower` returns), in order.

    Raises CompileError with the compiler's diagnostics where it refuses the module.
    """
    _, source = payload(kernel, target)
    with tempfile.TemporaryDirectory() as directory:
        flags = [*PROCESS_FLAGS, *target.compile_flags(), *(flag.format(directory) for flag in DUMP_FLAGS)]
        command = [find_tool("iree-compile"), *flags, "-"]
        done = subprocess.run([*command, "-o", str(Path(directory) / "vmfb")], input=source, capture_output=True)
        if done.returncode:
            raise CompileError("the compiler refused the kernel:\n" + errors_only(done.stderr.decode(errors="replace")))
        return _phases(directory) | _code(directory, target)


def show_later_stages(kernel, target: Target, run: Driver) -> None:
    """Show them to who observes the run."""
    for name, text in later_stages(kernel, target).items():
        run.show(name, lambda locations=False, text=text: text)


def _phases(directory: str) -> dict:
    found = [(match, path) for path in Path(directory).iterdir() if (match := _PHASE.search(path.name))]
    found.sort(key=lambda pair: int(pair[0][1]))
    return {f"iree.{match[2]}": path.read_text() for match, path in found}


def _code(directory: str, target: Target) -> dict:
    paths = sorted(Path(directory).iterdir())
    endings = target.code_stages.items()
    return {stage: path.read_text() for ending, stage in endings for path in paths if path.name.endswith(ending)}


# Numbers the compilations of this process, from all threads: `next` of it is one step of the interpreter.
_runs = itertools.count()


class Dump:
    """Writes every stage of one compilation into a directory, numbered in order (DSL_DUMP_IR_TO)."""

    def __init__(self, directory: str, entry: str):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"[^\w.-]", "_", entry)  # such as <lambda>
        self.prefix = f"{next(_runs):03}.{name}"
        self.numbers = itertools.count()

    def write(self, stage: str, text: Text) -> None:
        path = self.directory / f"{self.prefix}.{next(self.numbers):02}.{stage}.txt"
        path.write_text(text(locations=True))
