"""Damaged and forged artifacts and cache entries: each ends in dsl.Error or in the right value.

    python -m tests.faults.artifacts --count 10000 --seed 0

What is done to a file is drawn by the seed: bytes flipped, cut off, put in or taken out; sections of two files joined;
values of the header changed to others of the same or another type; with the digest of the file computed anew for some,
and for some also the seal of header and code. A seal made anew over a changed interface is a new artifact, which may
well mean something else: of these only what is not dsl.Error and no answer of a kernel counts. Entries of the cache are
damaged in the same ways, and found by a call: a program is compiled again then.
"""

from __future__ import annotations

import argparse
import collections
import copy
import dataclasses
import hashlib
import json
import random
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

import dsl
from dsl.runtime import Artifact
from dsl.runtime.disk_cache import framed, open_cache, unframed

PREFIX = struct.Struct("<8sIQ")


def summed(table, xs, n: int):
    total = table["rate"] * table["start"]
    for k in range(n):
        total += xs[k] * k
    xs[0] = total
    return {"total": total, "count": n}, (total > 0.0, xs)


def scaled(x, y):
    return x * y + 1.0


def arguments():
    return {"rate": 0.5, "start": 3.0}, np.arange(5.0), 4


def plainly(value) -> str:
    return repr(value)


class Target:
    """A program, its file, and what it gives."""

    def __init__(self, function: Callable, make: Callable[[], tuple], folder: Path):
        self.function, self.make = function, make
        stored = dsl.compile(function, *make())
        stored.save(folder / "sound.dslx")
        self.data = (folder / "sound.dslx").read_bytes()
        self.expected = plainly(function(*make()))
        assert plainly(stored(*make())) == self.expected


# -- what is done to a file ------------------------------------------------------------------------------------------


def flipped(data: bytes, draw: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(draw.choice((1, 1, 2, 8))):
        changed[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def cut(data: bytes, draw: random.Random) -> bytes:
    return data[: draw.randrange(len(data))]


def shifted(data: bytes, draw: random.Random) -> bytes:
    at, count = draw.randrange(len(data)), draw.choice((1, 4, 32, 1000))
    return data[:at] + (draw.randbytes(count) + data[at:] if draw.random() < 0.5 else data[at + count :])


def parts(data: bytes) -> tuple[dict, bytes]:
    length = PREFIX.unpack_from(data)[2]
    return json.loads(data[PREFIX.size : PREFIX.size + length]), data[PREFIX.size + length : -32]


def joined(header: dict | bytes, code: bytes, version: int = 2, length: int | None = None) -> bytes:
    """A file of these sections with a fitting digest."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    magic = b"\x89DSLX\r\n\x1a"
    body = PREFIX.pack(magic, version, len(text) if length is None else length) + text + code
    return body + hashlib.sha256(body).digest()


def lied(value, draw: random.Random):
    """Another JSON value in the place of this one or of a part of it."""
    if isinstance(value, dict | list) and value and draw.random() < 0.9:
        changed = copy.copy(value)
        key = draw.choice(list(value)) if isinstance(value, dict) else draw.randrange(len(value))
        kind = draw.random()
        if kind < 0.08:
            del changed[key]
        elif kind < 0.16 and isinstance(value, list):
            changed.append(value[key])
        else:
            changed[key] = lied(value[key], draw)
        return changed
    if isinstance(value, bool):
        return draw.choice((not value, None, 7))
    if isinstance(value, int):
        return draw.choice((value + 1, value - 1, -value - 1, 0, 1 << 40, 10**400, 0.5, None, "x", [value], True))
    if isinstance(value, str):
        return draw.choice(("", value + "x", value[::-1], "f32", "i64", "cpu", "vulkan", "\ud800", 5, None, [value]))
    return draw.choice((None, True, 0, -1, 2.5, "", [], {}, [[]], {"kind": "leaf"}))


def lying_header(data: bytes, draw: random.Random, sealed: bool) -> bytes:
    header, code = parts(data)
    header = lied(header, draw)
    if sealed and isinstance(header, dict):
        header.pop("vmfb_bytes", None)
        try:
            header = dataclasses.replace(Artifact(header, code)).with_header().header | {"vmfb_bytes": len(code)}
        except (TypeError, ValueError):
            pass
    return joined(header, code)


def swapped(data: bytes, other: bytes, draw: random.Random) -> bytes:
    header, code = parts(data)
    foreign, foreign_code = parts(other)
    if draw.random() < 0.5:
        return joined(header | {"vmfb_bytes": len(foreign_code)}, foreign_code)
    name = draw.choice(("signature", "interface", "host", "seal", "iree", "target", "chip"))
    return joined(header | {name: foreign[name]}, code)


def misframed(data: bytes, draw: random.Random) -> bytes:
    header, code = parts(data)
    text = json.dumps(header).encode()
    return draw.choice((
        lambda: joined(header, code, version=draw.choice((0, 1, 3, 1 << 31))),
        lambda: joined(text, code, length=draw.choice((0, 1, len(text) - 1, len(text) + 1, 1 << 60, len(data)))),
        lambda: joined(flipped(text, draw), code),
        lambda: joined(text[: draw.randrange(len(text))], code),
        lambda: joined(draw.choice((b"[]", b"3", b"{}", b"null", b"[" * 100_000, b"\xff\xfe", b"")), code),
        lambda: joined(header, flipped(code, draw)),
        lambda: joined(header, cut(code, draw)),
        lambda: joined(header, b""),
    ))()  # fmt: skip


def forged(data: bytes, other: bytes, draw: random.Random) -> tuple[str, bytes]:
    """What was done, and the file that comes of it."""
    kinds = {
        "flipped": lambda: flipped(data, draw),
        "cut": lambda: cut(data, draw),
        "shifted": lambda: shifted(data, draw),
        "swapped": lambda: swapped(data, other, draw),
        "misframed": lambda: misframed(data, draw),
        "lying": lambda: lying_header(data, draw, sealed=False),
        "sealed": lambda: lying_header(data, draw, sealed=True),
    }
    kind = draw.choice(list(kinds))
    return kind, kinds[kind]()


# -- what comes of it ------------------------------------------------------------------------------------------------


def outcome(target: Target, data: bytes, path: Path) -> str:
    """ "refused", "right", or what else."""
    path.write_bytes(data)
    try:
        found = dsl.load(path)(*target.make())
    except dsl.Error:
        return "refused"
    except Exception as error:
        return f"raised {type(error).__name__}: {error}"
    return "right" if plainly(found) == target.expected else f"returned {plainly(found)}"


def is_new_interface(data: bytes, original: bytes) -> bool:
    """Whether a file differs from another in how it is called from Python."""
    return parts(data)[0].get("interface") != parts(original)[0]["interface"]


def damaged_artifacts(seeds: range) -> tuple[collections.Counter, list[str]]:
    """How often each kind of damage had each outcome, and the outcomes that must not be."""
    counts: collections.Counter[tuple[str, str]] = collections.Counter()
    wrong = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        targets = [Target(summed, arguments, folder), Target(scaled, lambda: (1.5, 2.0), folder)]
        for seed in seeds:
            draw = random.Random(seed)
            target, other = draw.sample(targets, 2)
            kind, data = forged(target.data, other.data, draw)
            found = outcome(target, data, folder / "forged.dslx")
            counts[kind, found.split()[0]] += 1
            if found in ("refused", "right") or (kind == "sealed" and found.startswith("returned")
                                                 and is_new_interface(data, target.data)):  # fmt: skip
                continue
            wrong.append(f"seed {seed} ({kind}): {found}")
    return counts, wrong


def damaged_entry(name: str, data: bytes, draw: random.Random) -> bytes:
    damage = draw.choice((flipped, cut, shifted))
    if draw.random() < 0.5:
        return damage(data, draw)
    content = unframed(name, data)
    assert content is not None
    return framed(name, draw.choice((cut, shifted))(content, draw), {})


def damaged_entries(seeds: range) -> list[str]:
    """What is wrong with calls of programs whose entries in the cache are damaged. The cache must be an empty one."""
    cache, wrong = open_cache(), []
    assert cache is not None and not cache.entries()
    expected = scaled(1.5, 2.0)
    assert dsl.kernel(scaled)(1.5, 2.0) == expected
    sound = {path: path.read_bytes() for path in cache.directory.glob("*.dslc")}
    for seed in seeds:
        draw = random.Random(seed)
        path = draw.choice(list(sound))
        data = damaged_entry(path.stem, sound[path], draw)
        path.write_bytes(data)
        try:
            found = dsl.kernel(scaled)(1.5, 2.0)
        except Exception as error:
            found = error
        if found != expected:
            wrong.append(f"seed {seed}: {found!r}")
        for entry, whole in sound.items():
            entry.write_bytes(whole)
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    seeds = range(options.seed, options.seed + options.count)
    counts, wrong = damaged_artifacts(seeds)
    for (kind, found), count in sorted(counts.items()):
        print(f"{kind:10} {found:10} {count}")
    print("\n".join(wrong) or f"{options.count} files: each was refused or gave the right value")
    raise SystemExit(bool(wrong))


if __name__ == "__main__":
    main()
