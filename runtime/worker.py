"""The compiler behind a crash boundary: a process that compiles what it is sent until its input ends.

Run by path, not as a module, so that it imports nothing of `dsl`; its arguments are options of the whole process. A
request is `<II` (lengths), JSON {"flags": [...], "phase": str}, and the module as the phase of IREE of that name
leaves it, in MLIR bytecode or text; one answer is the same with JSON {"ok": bool, "error": str} and what was compiled.
Diagnostics go to standard error, which the parent reads. Flags belong to a session, so one worker serves all targets.
"""

import ctypes
import json
import os
import struct
import sys
import threading
import time

LENGTHS = struct.Struct("<II")


def main() -> None:
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints must not land between answers
    threading.Thread(target=_watch_parent, args=(os.getppid(),), daemon=True).start()
    from iree.compiler.api import _initializeGlobalCL

    _initializeGlobalCL("dsl-worker", *sys.argv[1:])
    while (request := read(source)) is not None:
        header, module = request
        try:
            compiled, error = compile_bytes(header["flags"], header["phase"], module), ""
        except Exception as e:
            compiled, error = None, f"{type(e).__name__}: {e}"
        write(sink, {"ok": compiled is not None, "error": error}, compiled or b"")


def compile_bytes(flags: list, phase: str, module: bytes) -> bytes | None:
    """The compiled module, or None where the compiler reported errors."""
    from iree.compiler.api import Invocation, Output, Session, Source

    with Session() as session:
        session.set_flags(*flags)
        invocation = Invocation(session)
        invocation.enable_console_diagnostics()
        _begin_after(phase, invocation)
        source = Source.wrap_buffer(session, module, buffer_name="kernel")
        if not invocation.parse_source(source) or not invocation.execute():
            return None
        with Output.open_membuffer() as output:
            invocation.output_vm_bytecode(output)  # pyright: ignore[reportArgumentType] (annotated wrongly there)
            return bytes(output.map_memory())


def _begin_after(phase: str, invocation) -> None:
    """Leave out the phases up to this one, and verify the module that comes in and not again after each of hundreds of
    passes: together half of the time.

    IREE's `--compile-from` and `--verify=false`, which are no flags of a session and not in its Python API."""
    from iree.compiler.api.ctypes_dl import _dylib

    begin, verify = _dylib.ireeCompilerInvocationSetCompileFromPhase, _dylib.ireeCompilerInvocationSetVerifyIR
    begin.argtypes, verify.argtypes = [ctypes.c_void_p, ctypes.c_char_p], [ctypes.c_void_p, ctypes.c_bool]
    begin.restype = verify.restype = None
    begin(invocation._inv_p, phase.encode())
    verify(invocation._inv_p, False)


def read(stream):
    """The next (header, payload), or None at the end of the stream."""
    prefix = stream.read(LENGTHS.size)
    if len(prefix) < LENGTHS.size:
        return None
    header_bytes, payload_bytes = LENGTHS.unpack(prefix)
    header, payload = stream.read(header_bytes), stream.read(payload_bytes)
    if len(header) < header_bytes or len(payload) < payload_bytes:
        return None
    return json.loads(header), payload


def write(stream, header: dict, payload: bytes) -> None:
    text = json.dumps(header).encode()
    stream.write(LENGTHS.pack(len(text), len(payload)) + text + payload)
    stream.flush()


def _watch_parent(parent: int) -> None:
    """End with the parent, also where a fork of it keeps our input open."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


if __name__ == "__main__":
    main()
