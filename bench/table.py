"""Rows as tables: on the terminal, and as docs/benchmarks.md."""

import platform
from pathlib import Path

HEAD = ("case", "system", "time", "to dsl", "difference", "note")


def lines(rows: list[dict]) -> list[tuple[str, ...]]:
    """Rows as text; `to dsl` is a system's time over ours in the same case."""
    ours = {r["case"]: r["seconds"] for r in rows if r["system"] == "dsl"}
    out = []
    for r in rows:
        base = ours.get(r["case"])
        ratio = f"{r['seconds'] / base:.2f}" if r["seconds"] and base else ""
        out.append((r["case"], r["system"], duration(r["seconds"]), ratio, number(r["error"]), r["note"]))
    return out


def duration(seconds: float | None) -> str:
    if seconds is None:
        return ""
    for unit, scale in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def number(value) -> str:
    return "" if value is None else f"{value:.2g}"


def plain(rows: list[dict]) -> str:
    """For the terminal."""
    table = [HEAD, *lines(rows)]
    widths = [max(len(line[k]) for line in table) for k in range(len(HEAD) - 1)]
    return "\n".join("  ".join([*(c.ljust(w) for c, w in zip(line, widths)), line[-1]]).rstrip() for line in table)


def markdown(rows: list[dict]) -> str:
    out = ["| " + " | ".join(HEAD) + " |", "|" + " --- |" * len(HEAD)]
    return "\n".join(out + ["| " + " | ".join(line) + " |" for line in lines(rows)])


def write_page(rows: list[dict], about: dict[str, str], path: Path) -> None:
    """The page of results: a table for each case under what it measures."""
    parts = [
        "# Benchmarks",
        "Written by `./dev bench --page docs/benchmarks.md`. The systems of a case run in turn, each in a process of "
        "its own, pinned to the same core; the time is the shortest of five rounds. *to dsl* is a system's time over "
        "ours; *difference* is the largest difference of its numbers from those of the plainest system, relative to "
        "the largest number (for `accuracy`: units in the last place). Smaller is better throughout.",
        f"Machine: {processor()}, Linux, Python {platform.python_version()}.",
    ]
    for case in dict.fromkeys(r["case"] for r in rows):
        parts += [f"## {case}", about.get(case, ""), markdown([r for r in rows if r["case"] == case])]
    path.write_text("\n\n".join(parts) + "\n")


def processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor()
    return next((line.split(":")[1].strip() for line in text.splitlines() if line.startswith("model name")), "unknown")
