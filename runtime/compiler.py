"""The compiler in processes of its own, and what they are sent.

A worker is started at the first compilation and kept, so that a kernel takes as long as in-process compilation; another
where one thread compiles while a second one wants to. When a worker dies (some bad input makes the compiler abort), the
request fails with an Error and the next one gets a new worker.
"""

import atexit
import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from iree.compiler import ir
from iree.compiler.version import VERSION

from dsl.passes.calling_convention import HELD, SIGNATURE
from dsl.passes.ir.diagnostics import CompileError, Error
from dsl.passes.ir.limits import COMPILER_PROCESSES

from .artifact import held_digest
from .locks import from_handler, lock_of
from .targets import PHASE, PROCESS_FLAGS, Target
from .worker import read, write


class Worker:
    """A compiler process and the pipe to it, for one request after the other."""

    def __init__(self):
        self._lock = lock_of(self)
        self.pending = 0  # requests that it has and that wait for it
        self.asked = False  # whether it works on one
        self._process = None
        self._owner = 0  # the process that started the worker: a fork must not talk on its parent's pipe
        self._errors = None

    def compile(self, flags: list, module: bytes) -> bytes:
        """The compiled module.

        Raises CompileError with the compiler's diagnostics where it refused the module, and Error where it crashed.
        """
        with self._lock:
            if self.asked:  # a signal's handler compiles while this thread waits for the worker
                return _alone(flags, module)
            self.asked = True
            try:
                answer = self._ask(flags, module)
                if answer is None:
                    raise Error(self._crash_report())
                return self._check(*answer)
            finally:
                self.asked = False

    def _ask(self, flags: list, module: bytes):
        """The worker's answer, None where it died."""
        process = self._ensure()
        try:
            self._errors.truncate(0)
            write(process.stdin, {"flags": flags, "phase": PHASE}, module)
            return read(process.stdout)
        except BaseException as error:
            if isinstance(error, BrokenPipeError) and not from_handler(error):
                return None
            # Interrupted half way: what the pipe holds now belongs to no request.
            self._stop()
            raise

    def _check(self, header: dict, compiled: bytes) -> bytes:
        if header["ok"]:
            return compiled
        if no_room := _no_room(self._diagnostics().splitlines()):
            raise Error(no_room)
        errors = errors_only(self._diagnostics())
        raise CompileError("the compiler refused the kernel:\n" + (errors or header["error"]))

    def _ensure(self) -> subprocess.Popen:
        if self._owner != os.getpid():
            self._process, self._owner = None, os.getpid()
        if self._process is None or self._process.poll() is not None:
            self._close_files()
            self._errors = _temporary_file()
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(Path(__file__).with_name("worker.py")), *PROCESS_FLAGS],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                start_new_session=True,  # Ctrl-C is for the user's process
            )
        return self._process

    def _diagnostics(self) -> str:
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace").strip()

    def _crash_report(self) -> str:
        code = self._process.wait()
        lines = self._diagnostics().splitlines()
        self._close_files()
        if no_room := _no_room(lines):
            return no_room
        shown = "\n".join(lines[:20]) or "it left no message"
        return f"the compiler crashed (exit status {code}); this process is unharmed. It said:\n{shown}"

    def _stop(self) -> None:
        if self._process is not None and self._owner == os.getpid():
            self._process.kill()
            self._process.wait()
            self._close_files()
        self._process = None

    def _close_files(self) -> None:
        """The files of a worker that has ended."""
        files = [self._process.stdin, self._process.stdout] if self._process is not None else []
        for file in [*files, *([self._errors] if self._errors is not None else [])]:
            with contextlib.suppress(OSError):  # what was to be written to it went with it
                file.close()
        self._process = self._errors = None

    def close(self) -> None:
        """End the worker; the next compilation starts another."""
        self._stop()

    def forget_threads(self) -> None:
        """After a fork: the process and the requests are the parent's."""
        if self._process is not None:
            self._process.returncode = 0  # nobody here waits for it
        self.pending, self.asked = 0, False


class Workers:
    """At most so many workers. Use `compile`; it is safe from any thread, and after a fork."""

    def __init__(self, most: int):
        self._lock = lock_of(self)
        self.all = [Worker() for _ in range(most)]

    def compile(self, flags: list, module: bytes) -> bytes:
        """The compiled module, by a worker that has nothing to do if there is one, of several the first.

        Raises CompileError with the compiler's diagnostics where it refused the module, and Error where it crashed."""
        with self._lock:
            worker = min(self.all, key=lambda worker: worker.pending)
            worker.pending += 1
        try:
            return worker.compile(flags, module)
        finally:
            with self._lock:
                worker.pending -= 1

    def close(self) -> None:
        """End the workers; the next compilation starts another."""
        for worker in self.all:
            worker.close()

    def forget_threads(self) -> None:
        for worker in self.all:
            worker.forget_threads()


def _alone(flags: list, module: bytes) -> bytes:
    """The compiled module, by a worker for this request only."""
    worker = Worker()
    try:
        return worker.compile(flags, module)
    finally:
        worker.close()


# what LLVM says where it cannot write files
_TMPDIR = "set TMPDIR to a directory that is there and has room"
_NO_ROOM = ("failed to generate temporary file", "No space left on device")


def _no_room(lines: list[str]) -> str:
    """The message for diagnostics that say that the compiler could not write its files; empty for others."""
    found = [line for line in lines if any(words in line for words in _NO_ROOM)]
    return f"the compiler cannot write temporary files: {found[-1]}\nhelp: {_TMPDIR}" if found else ""


def _temporary_file():
    try:
        return tempfile.TemporaryFile("a+b")
    except OSError as error:
        if error.errno is None:  # raised by a signal's handler
            raise
        what = f"no temporary file can be made for the compiler ({error}): TMPDIR names a directory for them"
        raise Error(what) from error


def errors_only(diagnostics: str) -> str:
    """The error lines of the compiler's output, without the IR it quotes after them."""
    lines = [line[:400] for line in diagnostics.splitlines() if "error:" in line]
    return "\n".join(lines[:10]) or diagnostics[:2000]


WORKERS = Workers(COMPILER_PROCESSES)
atexit.register(WORKERS.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=WORKERS.forget_threads)


def payload(module, target: Target) -> tuple:
    """What IREE gets of a kernel module: the signature, taken off (IREE would refuse our attribute), and the rest as
    bytecode, with a digest of the signature that stays in the compiled code."""
    signature = json.loads(module.operation.attributes[SIGNATURE].value)
    copy = module.operation.clone(ip=False)
    held = held_digest(signature, target.name, target.chip, target.host_needs(), VERSION)
    for op in copy.regions[0].blocks[0].operations:
        if op.operation.name == "util.func":
            op.attributes["iree.reflection"] = ir.Attribute.parse(f'{{{HELD} = "{held}"}}', module.context)
    del copy.attributes[SIGNATURE]
    for name, text in target.module_attributes().items():
        copy.attributes[name] = ir.Attribute.parse(text, module.context)
    return signature, bytecode(copy)


def bytecode(operation) -> bytes:
    stream = io.BytesIO()
    operation.write_bytecode(stream)
    return stream.getvalue()
