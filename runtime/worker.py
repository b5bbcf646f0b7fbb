"""The compiler behind a crash boundary: a process that compiles what it is sent until its input ends.

Run by path, not as a module, so that it imports nothing of `dsl`; its arguments are options of the whole process. A
request is `<II` (lengths), JSON {"flags": [...]}, and the module as MLIR bytecode or text; one answer is the same with
JSON {"ok": bool, "error": str} and the compiled module. Diagnostics go to standard error, which the parent reads. Flags
belong to a session, so one worker serves all targets.
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
            compiled, error = compile(header["flags"], module), ""
        except Exception as e:
            compiled, error = None, f"{type(e).__name__}: {e}"
        write(sink, {"ok": compiled is not None, "error": error}, compiled or b"")


def compile(flags: list, module: bytes) -> bytes | None:
    """The compiled module, or None where the compiler reported errors."""
    from iree.compiler.api import Invocation, Output, Session, Source

    with Session() as session:
        session.set_flags(*flags)
        invocation = Invocation(session)
        invocation.enable_console_diagnostics()
        _verify_input_only(invocation)
        source = Source.wrap_buffer(session, module, buffer_name="kernel")
        if not invocation.parse_source(source) or not invocation.execute():
            return None
        with Output.open_membuffer() as output:
            invocation.output_vm_bytecode(output)  # pyright: ignore[reportArgumentType] (annotated wrongly there)
            return bytes(output.map_memory())


def _verify_input_only(invocation) -> None:
    """Verify the module that comes in and not again after each of hundreds of passes: a third of the time.

    IREE's `--verify=false`, which is no flag of a session and which its Python API does not wrap."""
    from iree.compiler.api.ctypes_dl import _dylib

    set_verify = _dylib.ireeCompilerInvocationSetVerifyIR
    set_verify.argtypes, set_verify.restype = [ctypes.c_void_p, ctypes.c_bool], None
    set_verify(invocation._inv_p, False)


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
