"""The compiler's process: what it survives, and what survives it."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from dsl import runtime
from dsl.passes import pipeline
from dsl.passes.ir.diagnostics import CompileError, Error
from dsl.runtime.compiler import WORKERS, payload
from tests.support.kernels import parsed

SQUARE = "func.func @square(%x: f64) -> f64 { %y = arith.mulf %x, %x : f64 return %y : f64 }"


def square(target="cpu"):
    with parsed(SQUARE) as module:
        return runtime.compile(module, "square", target)


def test_a_crash_of_the_compiler_is_an_error_and_the_next_kernel_compiles():
    cpu = runtime.resolve("cpu")
    with parsed(SQUARE) as module:
        source = payload(runtime.lower(module, "square", cpu), cpu)[1]
    bad = [flag for flag in cpu.compile_flags() if "demote" in flag]
    bad += ["--iree-hal-target-device=vulkan", "--iree-vulkan-target=banana"]
    with pytest.raises(Error, match="the compiler crashed"):
        WORKERS.compile(bad, source)
    assert runtime.load(square())([3.0]) == [9.0]


def test_a_killed_worker_is_replaced():
    square()
    WORKERS.all[0]._process.kill()
    WORKERS.all[0]._process.wait()
    square()


def test_refusals_carry_the_diagnostics():
    with pytest.raises(CompileError, match="error: custom op"):
        WORKERS.compile(runtime.resolve("cpu").compile_flags(), b"this is not MLIR")
    with pytest.raises(CompileError, match="no-such-flag"):
        WORKERS.compile(["--no-such-flag"], b"module {}")


def test_unknown_targets_never_reach_the_compiler():
    for name, message in (("gpu", "the targets are cpu, vulkan, cuda"), ("cuda:sm_90", "sm_80"), ("cpu:z80", "host")):
        with pytest.raises(Error, match=message):
            square(name)


def test_default_target_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv("DSL_TARGET", "cuda:sm_89")
    assert str(runtime.resolve()) == "cuda:sm_89"
    monkeypatch.setenv("DSL_TARGET", "abacus")
    with pytest.raises(Error, match="abacus"):
        runtime.resolve()


def test_one_thread_needs_one_worker():
    WORKERS.close()
    for _ in range(3):
        square()
    assert [worker._process is not None for worker in WORKERS.all] == [True] + [False] * (len(WORKERS.all) - 1)


def test_threads_compile_side_by_side():
    """While one worker is stopped, others compile."""
    square()
    stopped = WORKERS.all[0]._process
    os.kill(stopped.pid, signal.SIGSTOP)
    results = []
    waiting = threading.Thread(target=lambda: results.append(runtime.load(square())([2.0])))
    waiting.start()
    try:
        while not WORKERS.all[0].pending:
            time.sleep(0.01)
        assert runtime.load(square())([3.0]) == [9.0]
        assert not results
    finally:
        os.kill(stopped.pid, signal.SIGCONT)
        waiting.join()
    assert results == [[4.0]] and [worker.pending for worker in WORKERS.all] == [0] * len(WORKERS.all)


def test_a_fork_while_a_thread_compiles_can_compile():
    square()
    stopped = WORKERS.all[0]._process
    os.kill(stopped.pid, signal.SIGSTOP)
    waiting = threading.Thread(target=square)
    waiting.start()
    try:
        while not WORKERS.all[0].asked:
            time.sleep(0.01)
        child = os.fork()
        if not child:
            try:
                WORKERS.compile([], b"garbage")
            except CompileError:
                WORKERS.close()
                os._exit(0)
            finally:
                os._exit(1)
        assert os.waitpid(child, 0)[1] == 0
    finally:
        os.kill(stopped.pid, signal.SIGCONT)
        waiting.join()


def test_threads_share_the_workers():
    results = []
    threads = [threading.Thread(target=lambda: results.append(runtime.load(square())([2.0]))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [[4.0]] * 3


PROGRAM = """
import os, sys, time
from dsl.runtime.compiler import WORKERS
from dsl.passes.ir.diagnostics import CompileError
try:
    WORKERS.compile([], b"garbage")
except CompileError:
    pass
print(WORKERS.all[0]._process.pid, flush=True)
"""


def gone(pid: int, seconds=10.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with open(f"/proc/{pid}/stat") as file:
                if file.read().split(") ")[1].startswith("Z"):
                    return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="reads /proc")
@pytest.mark.parametrize(
    "end", ["", "os.kill(os.getpid(), 9)", "os.fork(); time.sleep(20)"]
)
def test_no_worker_outlives_its_process(end):
    process = subprocess.Popen([sys.executable, "-c", PROGRAM + end], stdout=subprocess.PIPE, text=True)
    worker = int(process.stdout.readline())
    try:
        process.wait(20) if "fork" not in end else process.kill()
        assert gone(worker)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_fork_compiles_with_a_worker_of_its_own():
    square()
    parent_worker = WORKERS.all[0]._process.pid
    child = os.fork()
    if not child:
        try:
            square()
            good = WORKERS.all[0]._process.pid != parent_worker
            WORKERS.close()
            os._exit(0 if good else 1)
        except BaseException:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
    square()
    assert WORKERS.all[0]._process.pid == parent_worker


@pytest.fixture
def interrupts():
    """SIGINT raises KeyboardInterrupt, also in a process that was started in the background, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupted_compilation_leaves_the_worker_usable(interrupts):
    done = threading.Event()

    def interrupt():
        # Again, if Python has dropped the exception, as it does where it comes in a destructor.
        while not done.wait(0.3):
            if WORKERS.all[0].asked:
                os.kill(os.getpid(), signal.SIGINT)

    square()
    os.kill(WORKERS.all[0]._process.pid, signal.SIGSTOP)  # so that its answer has to be awaited
    thread = threading.Thread(target=interrupt)
    with pytest.raises(KeyboardInterrupt):
        thread.start()
        square()
    done.set()
    thread.join()
    assert runtime.load(square())([3.0]) == [9.0]


def test_dumps_of_all_stages(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DSL_DUMP_IR_TO", str(tmp_path))
    monkeypatch.setenv("DSL_LOG_COMPILES", "1")
    square()
    stages = [path.name.split(".", 3)[3].removesuffix(".txt") for path in sorted(tmp_path.iterdir())]
    ours = pipeline.stages(pipeline.LOWER)
    assert stages[: len(ours)] == list(ours)
    assert stages[-2:] == ["llvm", "asm"] and "iree.hal" in stages
    assert "compiled square for cpu:host" in capsys.readouterr().err
