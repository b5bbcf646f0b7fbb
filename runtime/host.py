"""What the machine at hand can execute, so that an artifact of another one is refused and not run into the ground."""

import functools
import platform
import re

# Families of instructions that code generators use; the operating system lists much else.
_RELEVANT = re.compile(r"^(avx|sse|ssse|fma|bmi|f16c|popcnt|abm|movbe|amx|vaes|gfni|adx|asimd|sve|fphp|neon)")

_IDENTITY = {
    "vendor_id", "cpu family", "model", "model name", "stepping", "flags", "Features", "CPU implementer",
    "CPU architecture", "CPU variant", "CPU part", "CPU revision", "isa", "uarch",
}  # fmt: skip


@functools.cache
def describe() -> dict:
    """The machine's architecture and instruction set extensions (empty where the system does not tell)."""
    return {"machine": platform.machine(), "features": sorted(_features())}


def _features() -> set:
    found = re.search(r"^(?:flags|Features)\s*:(.*)$", _first_processor(), re.MULTILINE)
    return {word for word in found[1].split() if _RELEVANT.match(word)} if found else set()


def processor() -> str:
    """What the system says that the processor is and can do: code generators also look at the model."""
    lines = _first_processor().splitlines()
    return "\n".join(line for line in lines if line.split(":")[0].strip() in _IDENTITY)


@functools.cache
def _first_processor() -> str:
    """The system's description of its first processor; empty where it gives none."""
    text = ""
    try:
        with open("/proc/cpuinfo") as file:  # of a machine with hundreds of them it is long, and slow to make
            for line in file:
                if not line.strip() and text:
                    break
                text += line
    except OSError:
        return ""
    return text


def has_fma() -> bool:
    """Whether this processor multiplies and adds in one instruction. (Every 64-bit Arm processor does.)"""
    return platform.machine() not in ("x86_64", "AMD64") or "fma" in describe()["features"]


def vector_bytes() -> int:
    """How many bytes this processor's vector registers hold."""
    features = describe()["features"]
    return 64 if "avx512f" in features else 32 if "avx2" in features and "fma" in features else 16


def is_description(value) -> bool:
    """Whether a value of a file is what `describe` gives on some machine."""
    if not isinstance(value, dict) or set(value) != {"machine", "features"} or not isinstance(value["machine"], str):
        return False
    features = value["features"]
    return isinstance(features, list) and all(isinstance(word, str) for word in features)


def objection(needed: dict) -> str:
    """Why code made for a machine so described cannot run here; empty if it can."""
    here = describe()
    if needed["machine"] != here["machine"]:
        return f"it is for {needed['machine']}, and this machine is {here['machine']}"
    missing = sorted(set(needed["features"]) - set(here["features"])) if here["features"] else []
    return f"this processor lacks {', '.join(missing)}" if missing else ""


def free_memory() -> int | None:
    """Bytes that this process can still take, as far as the system tells: of the machine, and of its control group."""
    found = [_first_number("/proc/meminfo", r"^MemAvailable:\s*(\d+) kB", 1024)]
    for limit, used in _GROUPS:
        most, now = _first_number(limit, r"^(\d+)$"), _first_number(used, r"^(\d+)$")
        found.append(max(0, most - now) if most is not None and now is not None else None)
    known = [number for number in found if number is not None]
    return min(known) if known else None


_GROUPS = (
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
)


def _first_number(path: str, pattern: str, unit: int = 1) -> int | None:
    try:
        with open(path) as file:
            found = re.search(pattern, file.read(), re.MULTILINE)
    except OSError:
        return None
    return int(found[1]) * unit if found else None
