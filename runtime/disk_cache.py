"""Compiled programs on disk: named blobs in one directory, for processes that come and go at any time.

What lies there is executed, so the directory must be the user's alone: owned by the user, mode 0700, no link. It is
opened once for each operation and everything in it is reached from that handle, so that what was checked is what is
used. A file must be a regular one of the user's, which nobody else can write.

    magic     8 bytes  89 'D' 'S' 'L' 'C' 0D 0A 1A
    version   u32      of this format
    lengths   u32 u64  bytes of the description, of the content
    about     JSON     what `entries` shows
    content   bytes
    digest    32 bytes SHA-256 of the name of the file and of everything before

A file appears whole or not at all: it is written under another name and renamed. Nothing waits for the disk; what a
crash of the machine leaves of it the digest does not fit, and a damaged file is as good as none. The least recently
used files go first when there are too many: using one sets its time of change. Files that are not of this module's
making are left alone.

Nothing here raises for the state of the disk. Where the directory is not to be trusted, or the environment asked for
one that cannot be written, a warning says so, once.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import stat
import struct
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from . import environment

MAGIC = b"\x89DSLC\r\n\x1a"
VERSION = 1
LIMIT = 1 << 30
_PREFIX = struct.Struct("<8sIIQ")
_DIGEST = 32
_BLOCK = 4096  # what a small file takes on most disks
_TOUCH_AFTER = 60  # seconds; more often than this the order of use is not noted
_ABANDONED_AFTER = 3600  # seconds after which a temporary file has no writer any more
_COUNT_EVERY = 64  # writes of this process between looks at what others have written
_SUFFIX, _TEMPORARY, _LOCK = ".dslc", ".dslc-", ".dslc-lock"
_said: set[str] = set()


@dataclass(frozen=True)
class Entry:
    """A file of the cache: what was written about it, its size in bytes and when it was last used."""

    name: str
    about: dict
    size: int
    used: float


class DiskCache:
    """The cache in one directory, which need not exist yet. `asked_for`: whether the user named the directory."""

    def __init__(self, directory: Path, limit: int = LIMIT, asked_for: bool = True):
        self.directory, self.limit, self.asked_for = directory, limit, asked_for
        self.damaged = 0
        self._total: int | None = None  # bytes in the directory, as far as this process knows
        self._writes = 0

    def get(self, name: str) -> bytes | None:
        """The content of an entry; None where there is none, or a damaged one (which is removed)."""
        with self._opened() as folder:
            if folder is None or (found := _read(folder, name + _SUFFIX)) is None:
                return None
            data, used = found
            content = unframed(name, data)
            with contextlib.suppress(OSError):  # a read-only disk
                if content is None:
                    self.damaged += 1
                    os.unlink(name + _SUFFIX, dir_fd=folder)
                elif time.time() - used > _TOUCH_AFTER:
                    os.utime(name + _SUFFIX, dir_fd=folder)
            return content

    def put(self, name: str, content: bytes, about: dict) -> bool:
        """Write an entry, in place of one of the same name; says whether it is there now."""
        data = framed(name, content, about)
        if _on_disk(len(data)) > self.limit:
            return False
        with self._opened(create=True) as folder:
            if folder is None:
                return False
            try:
                _write(folder, name + _SUFFIX, data)
            except OSError as error:
                self._cannot_be_written(error)
                return False
            self._bound(folder, _on_disk(len(data)))
        return True

    def entries(self) -> list[Entry]:
        """Every entry, the last used first."""
        found = []
        with self._opened() as folder:
            if folder is None:
                return []
            for name, status in _files(folder):
                if name.endswith(_SUFFIX) and (about := _about(folder, name)) is not None:
                    found.append(Entry(name.removesuffix(_SUFFIX), about, status.st_size, status.st_mtime))
        return sorted(found, key=lambda entry: -entry.used)

    def clear(self) -> None:
        """Remove everything."""
        with self._opened() as folder:
            if folder is not None:
                for name, _ in _files(folder):
                    _remove(folder, name)
        self._total = None

    # the directory

    @contextlib.contextmanager
    def _opened(self, create: bool = False) -> Iterator[int | None]:
        """A handle of the directory; None where there is none or it must not be used."""
        folder = self._open(create)
        try:
            yield folder
        finally:
            if folder is not None:
                os.close(folder)

    def _open(self, create: bool) -> int | None:
        if not _SUPPORTED or not self.directory.is_absolute():
            return None
        try:
            if create:
                self.directory.parent.mkdir(parents=True, exist_ok=True)
                with contextlib.suppress(FileExistsError):
                    os.mkdir(self.directory, 0o700)
            folder = os.open(self.directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.ENOTDIR):
                self._distrusted("it is a link or no directory")
            else:
                self._cannot_be_written(error)
            return None
        if reason := _objection(os.fstat(folder)):
            os.close(folder)
            self._distrusted(reason)
            return None
        return folder

    def _distrusted(self, reason: str) -> None:
        _warn(f"the cache of compiled programs {self.directory} is not used: {reason}. What lies there is executed, so "
              "it must be a directory of the user's alone (chmod 700); DSL_CACHE_DIR names another one")  # fmt: skip

    def _cannot_be_written(self, error: OSError) -> None:
        if self.asked_for:
            _warn(f"the cache of compiled programs {self.directory} cannot be used: {error.strerror}")

    # its size

    def _bound(self, folder: int, added: int) -> None:
        """Remove the least recently used entries where there is more than the limit."""
        self._writes += 1
        if self._total is not None and self._writes % _COUNT_EVERY:
            self._total += added
            if self._total <= self.limit:
                return
        with contextlib.suppress(OSError), _locked(folder) as mine:
            # Another process that holds the lock is removing what is too much; then only the count is open.
            self._total = _evict(folder, self.limit) if mine else None


def open_cache() -> DiskCache | None:
    """The cache that the environment asks for; None where it is switched off.

    Raises dsl.Error for a wrong value of a variable."""
    if not environment.flag("DSL_CACHE", default=True):
        return None
    named = environment.text("DSL_CACHE_DIR")
    limit = environment.size("DSL_CACHE_SIZE", LIMIT)
    return _cache(os.path.abspath(named) if named else _default_directory(), limit, bool(named))


@lru_cache
def _cache(directory: str, limit: int, asked_for: bool) -> DiskCache:
    return DiskCache(Path(directory), limit, asked_for)


@lru_cache
def _default_directory() -> str:
    from platformdirs import user_cache_dir

    return user_cache_dir("dsl", appauthor=False)


# files: all of them are reached from an open directory

# Elsewhere there are no owners to be checked, or no handles of directories.
_SUPPORTED = hasattr(os, "geteuid") and os.open in os.supports_dir_fd


def _objection(status: os.stat_result) -> str:
    """Why a directory is not the user's alone; empty if it is."""
    if status.st_uid != os.geteuid():
        return "it belongs to another user"
    if stat.S_IMODE(status.st_mode) & 0o077:
        return f"others may use it (its mode is {stat.S_IMODE(status.st_mode):o})"
    return ""


def _open_file(folder: int, name: str) -> int | None:
    """A handle to read a file that is the user's own; None where there is none."""
    try:
        # not blocking, should it be a pipe
        handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, dir_fd=folder)
    except OSError:
        return None
    status = os.fstat(handle)
    own = stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o022
    if own:
        return handle
    os.close(handle)
    return None


def _read(folder: int, name: str) -> tuple[bytes, float] | None:
    """The bytes of a file and when it was last used."""
    if (handle := _open_file(folder, name)) is None:
        return None
    with os.fdopen(handle, "rb") as file:
        try:
            return file.read(), os.fstat(handle).st_mtime
        except OSError:
            return None


def _about(folder: int, name: str) -> dict | None:
    """The description in a file, whose digest is not looked at; None where it cannot be one."""
    if (handle := _open_file(folder, name)) is None:
        return None
    with os.fdopen(handle, "rb") as file:
        try:
            magic, version, length, _ = _PREFIX.unpack(file.read(_PREFIX.size))
            found = json.loads(file.read(length)) if (magic, version) == (MAGIC, VERSION) else None
        except (OSError, ValueError, struct.error):
            return None
    return found if isinstance(found, dict) else None


def _write(folder: int, name: str, data: bytes) -> None:
    temporary = f"{_TEMPORARY}{os.urandom(8).hex()}"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        _remove(folder, temporary)
        raise


def _files(folder: int) -> Iterator[tuple[str, os.stat_result]]:
    """The files of this module's making, with their sizes and times."""
    with contextlib.suppress(OSError), os.scandir(folder) as found:
        for entry in found:
            if entry.name.endswith(_SUFFIX) or entry.name.startswith(_TEMPORARY):
                with contextlib.suppress(OSError):  # gone meanwhile
                    yield entry.name, entry.stat(follow_symlinks=False)


def _remove(folder: int, name: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(name, dir_fd=folder)


def _on_disk(size: int) -> int:
    return -(-size // _BLOCK) * _BLOCK


def _evict(folder: int, limit: int) -> int:
    """Remove the least recently used entries and abandoned temporary files; how many bytes remain."""
    files, now = list(_files(folder)), time.time()
    files.sort(key=lambda file: file[1].st_mtime)
    total = sum(_on_disk(status.st_size) for _, status in files)
    for name, status in files:
        abandoned = name.startswith(_TEMPORARY) and name != _LOCK and now - status.st_mtime > _ABANDONED_AFTER
        if abandoned or (total > limit and name.endswith(_SUFFIX)):
            _remove(folder, name)
            total -= _on_disk(status.st_size)
    return total


@contextlib.contextmanager
def _locked(folder: int) -> Iterator[bool]:
    """Whether the lock of the directory is this process's; never waits. Where a disk has no locks, it is."""
    import fcntl

    handle = os.open(_LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=folder)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        mine = True
    except OSError as error:
        mine = error.errno not in (errno.EWOULDBLOCK, errno.EACCES)
    try:
        yield mine
    finally:
        os.close(handle)


# the format


def framed(name: str, content: bytes, about: dict) -> bytes:
    """The bytes of the file of this name."""
    description = json.dumps(about).encode()
    body = _PREFIX.pack(MAGIC, VERSION, len(description), len(content)) + description + content
    return body + hashlib.sha256(name.encode() + body).digest()


def unframed(name: str, data: bytes) -> bytes | None:
    """The content of a file of this name; None where it is damaged or of another making."""
    if len(data) < _PREFIX.size + _DIGEST:
        return None
    body, digest = data[:-_DIGEST], data[-_DIGEST:]
    magic, version, described, length = _PREFIX.unpack_from(body)
    whole = (magic, version) == (MAGIC, VERSION) and _PREFIX.size + described + length == len(body)
    if not whole or hashlib.sha256(name.encode() + body).digest() != digest:
        return None
    return body[_PREFIX.size + described :]


def _warn(text: str) -> None:
    if text not in _said:
        _said.add(text)
        warnings.warn(text, RuntimeWarning, stacklevel=2)
