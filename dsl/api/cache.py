"""`dsl.cache`: the compiled programs that are kept on disk.

    dsl.cache.directory; dsl.cache.entries(); dsl.cache.stats; dsl.cache.clear()
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path

from dsl.program.disk import STATS, Stats
from dsl.runtime.disk_cache import open_cache

from .ahead_of_time import Table


class Bytes(int):
    """A size in bytes, printed for people."""

    def __str__(self) -> str:
        return f"{self / 1024:.1f} KiB" if self < 1 << 20 else f"{self / (1 << 20):.1f} MiB"


@dataclass(frozen=True)
class CacheRow:
    """A compiled program in the cache: its name, its target, how much it takes and when it was last used."""

    program: str
    target: str
    size: Bytes
    used: datetime.datetime


class Cache:
    """The cache that the environment names (docs/environment.md)."""

    @property
    def directory(self) -> Path | None:
        """Where compiled programs are kept; None where the cache is switched off."""
        cache = open_cache()
        return None if cache is None else cache.directory

    @property
    def stats(self) -> Stats:
        """What this process found and missed, and why programs could not be kept."""
        return STATS

    def entries(self) -> Table:
        """Every program that is kept, the last used first."""
        cache = open_cache()
        found = [] if cache is None else cache.entries()
        return Table(
            CacheRow(entry.about["program"], entry.about["target"], Bytes(entry.size),
                     datetime.datetime.fromtimestamp(entry.used).replace(microsecond=0))
            for entry in found if entry.about.keys() >= {"program", "target"}
        )  # fmt: skip

    def clear(self) -> None:
        """Remove all of them."""
        cache = open_cache()
        if cache is not None:
            cache.clear()

    def __repr__(self) -> str:
        if self.directory is None:
            return "<dsl.cache: off>"
        return f"<dsl.cache: {len(self.entries())} programs in {self.directory}>"


cache = Cache()
