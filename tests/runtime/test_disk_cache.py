"""The cache on disk: what is written comes back or nothing does, whatever happens to the files; the directory is the
user's alone; the oldest go first."""

import errno
import os
import random
import signal
import stat
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest

import dsl
from dsl.runtime import disk_cache, environment
from dsl.runtime.disk_cache import DiskCache, framed, open_cache, unframed

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
AS_USER = pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")


@pytest.fixture
def cache(tmp_path):
    return DiskCache(tmp_path / "cache")


@pytest.fixture(autouse=True)
def nothing_said():
    disk_cache._said.clear()


def files(cache) -> list[Path]:
    return sorted(path for path in cache.directory.iterdir() if path.name != ".dslc-lock")


def test_what_is_written_comes_back(cache):
    assert cache.get("a") is None and cache.entries() == [] and not cache.directory.exists()
    for content in (b"", b"one", os.urandom(100_000)):
        assert cache.put("a", content, {"program": "f"}) and cache.get("a") == content
    assert cache.get("b") is None
    (entry,) = cache.entries()
    assert (entry.name, entry.about) == ("a", {"program": "f"}) and entry.size == files(cache)[0].stat().st_size
    cache.clear()
    assert cache.entries() == [] and files(cache) == [] and cache.get("a") is None


def test_directory_and_files_are_the_users_alone(cache):
    before = os.umask(0)
    try:
        cache.put("a", b"one", {})
    finally:
        os.umask(before)
    assert stat.S_IMODE(cache.directory.stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in files(cache)] == [0o600]


# -- damage --------------------------------------------------------------------------------------------------------


def damages(data: bytes):
    """Every truncation and every flipped byte of a small file, and random damage of more than one place."""
    yield from (data[:k] for k in range(len(data)))
    for k in range(len(data)):
        yield data[:k] + bytes([data[k] ^ (1 + k % 255)]) + data[k + 1 :]
    source = random.Random(0)
    for _ in range(300):
        a, b = sorted(source.sample(range(len(data) + 1), 2))
        yield data[:a] + data[b:]
        yield data[:a] + source.randbytes(b - a) + data[b:]
        yield data[:a] + data[a:b] * 2 + data[b:]
        yield source.randbytes(len(data))


def test_a_damaged_file_is_none():
    data = framed("a", b"content", {"program": "f"})
    assert unframed("a", data) == b"content"
    assert all(unframed("a", damaged) is None for damaged in damages(data) if damaged != data)


def test_a_file_under_another_name_is_none():
    assert unframed("b", framed("a", b"content", {})) is None


def test_a_damaged_entry_is_removed(cache):
    cache.put("a", b"content", {})
    (path,) = files(cache)
    path.write_bytes(path.read_bytes()[:-1])
    assert cache.get("a") is None and files(cache) == [] and cache.damaged == 1
    assert cache.put("a", b"content", {}) and cache.get("a") == b"content"


def test_listing_survives_damage(cache):
    cache.put("good", b"content", {"program": "f"})
    data = framed("a", b"content", {"program": "f"})
    for k, damaged in enumerate(list(damages(data))[:: 3]):
        (cache.directory / f"{k}.dslc").write_bytes(damaged)
    assert "good" in [entry.name for entry in cache.entries()]


def test_a_process_killed_while_it_writes_leaves_no_half_entry(cache):
    """Killed at any moment, often: what is there afterwards is whole."""
    code = (
        "import sys; from pathlib import Path; from dsl.runtime.disk_cache import DiskCache\n"
        f"cache = DiskCache(Path({str(cache.directory)!r})); print('go', flush=True)\n"
        "k = 0\nwhile True:\n    k += 1; cache.put(str(k % 7), bytes([k % 7]) * 1_000_000, {})"
    )
    for round in range(8):
        process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
        process.stdout.readline()
        time.sleep(0.02 + 0.017 * round)
        process.send_signal(signal.SIGKILL)
        process.wait()
        for k in range(7):
            assert cache.get(str(k)) in (None, bytes([k]) * 1_000_000)
    assert cache.damaged == 0
    for path in files(cache):  # what was left half written goes when it is surely nobody's
        os.utime(path, (time.time() - 7200,) * 2)
    cache._total = None
    cache.put("last", b"", {})
    assert not [path for path in files(cache) if path.name.startswith(".")]


def test_processes_write_and_read_at_once(cache):
    code = (
        "import sys; from pathlib import Path; from dsl.runtime.disk_cache import DiskCache\n"
        f"cache = DiskCache(Path({str(cache.directory)!r}), limit=400_000)\n"
        "for k in range(300):\n"
        "    name = str(k % 5); found = cache.get(name)\n"
        "    assert found in (None, name.encode() * 50_000), found[:10]\n"
        "    cache.put(name, name.encode() * 50_000, {}); cache.entries()\n"
        "assert not cache.damaged"
    )
    running = [subprocess.Popen([sys.executable, "-W", "error", "-c", code]) for _ in range(8)]
    assert [process.wait() for process in running] == [0] * 8
    assert sum(path.stat().st_size for path in files(cache)) <= 400_000


# -- size ------------------------------------------------------------------------------------------------------------


def test_the_least_recently_used_go_first(tmp_path):
    cache = DiskCache(tmp_path / "cache", limit=10 * 4096)
    for k in range(10):
        cache.put(str(k), b"x", {})
        os.utime(cache.directory / f"{k}.dslc", (1000 + k,) * 2)
    assert cache.get("0") == b"x"  # used now
    for k in range(10, 14):
        cache.put(str(k), b"x", {})
    assert {entry.name for entry in cache.entries()} == {"0", *map(str, range(5, 14))}


def test_it_stays_within_its_limit(tmp_path):
    cache, source = DiskCache(tmp_path / "cache", limit=100_000), random.Random(1)
    for k in range(200):
        cache.put(str(k), source.randbytes(source.randrange(30_000)), {})
        assert sum(path.stat().st_size for path in files(cache)) <= 100_000
    assert cache.get("199") is not None
    assert not cache.put("large", bytes(100_001), {}) and cache.get("199") is not None


def test_what_others_write_counts(tmp_path):
    ours, theirs = (DiskCache(tmp_path / "cache", limit=20 * 4096) for _ in range(2))
    for k in range(100):
        ours.put(f"a{k}", b"x", {})
        theirs.put(f"b{k}", b"x", {})
    ours._total = None
    ours.put("last", b"x", {})
    assert len(files(ours)) <= 20


def test_files_of_others_are_left_alone(tmp_path):
    directory = tmp_path / "cache"
    directory.mkdir(0o700)
    (directory / "thesis.txt").write_bytes(bytes(100_000))
    os.utime(directory / "thesis.txt", (0, 0))
    cache = DiskCache(directory, limit=4 * 4096)
    for k in range(10):
        cache.put(str(k), b"x", {})
    cache.clear()
    assert [path.name for path in files(cache)] == ["thesis.txt"]


# -- a directory that is not to be used ------------------------------------------------------------------------------


def refuses(cache, text: str) -> None:
    """Nothing is read or written, and one warning says why."""
    with pytest.warns(RuntimeWarning, match=text) as caught:
        assert not cache.put("a", b"other", {}) and cache.get("a") is None and cache.entries() == []
        cache.clear()
    assert len(caught) == 1


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o701, 0o777, 0o1777])
def test_a_directory_that_others_may_use_is_not_used(cache, mode):
    cache.put("a", b"one", {})
    cache.directory.chmod(mode)
    refuses(cache, f"is not used: others may use it .its mode is {mode:o}")
    cache.directory.chmod(0o700)
    assert cache.get("a") == b"one"


def test_a_link_is_not_followed(cache, tmp_path):
    cache.put("a", b"one", {})
    link = DiskCache(tmp_path / "link")
    link.directory.symlink_to(cache.directory)
    refuses(link, "is not used: it is a link or no directory")
    assert cache.get("a") == b"one"


def test_a_file_in_the_place_of_the_directory_is_not_used(tmp_path):
    (tmp_path / "file").write_text("mine")
    refuses(DiskCache(tmp_path / "file"), "is not used: it is a link or no directory")
    assert (tmp_path / "file").read_text() == "mine"


@AS_ROOT
def test_a_directory_of_another_user_is_not_used(cache):
    cache.put("a", b"one", {})
    os.chown(cache.directory, 12345, -1)
    refuses(cache, "is not used: it belongs to another user")


def test_files_that_are_not_ones_own_are_not_read(cache, tmp_path):
    cache.put("a", b"one", {})
    (path,) = files(cache)
    path.chmod(0o622)
    assert cache.get("a") is None
    path.chmod(0o600)
    assert cache.get("a") == b"one"
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert cache.get("a") is None
    path.unlink()
    os.mkfifo(path)
    assert cache.get("a") is None and cache.entries() == []
    path.unlink()
    path.mkdir()
    assert cache.get("a") is None
    if os.geteuid() == 0:
        path.rmdir()
        (tmp_path / "elsewhere").rename(path)
        os.chown(path, 12345, -1)
        assert cache.get("a") is None


# -- a disk that cannot be written -----------------------------------------------------------------------------------


@AS_ROOT
def test_a_full_disk(tmp_path):
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", tmp_path], check=False)
    if not os.path.ismount(tmp_path):
        pytest.skip("cannot mount")
    try:
        cache = DiskCache(tmp_path / "cache")
        assert cache.put("a", b"one", {})
        with pytest.warns(RuntimeWarning, match="cannot be used: No space left on device"):
            assert not cache.put("b", bytes(200_000), {})
        assert not cache.put("c", bytes(200_000), {})
        assert cache.get("a") == b"one" and cache.get("b") is None and len(files(cache)) == 1
        silent = DiskCache(tmp_path / "cache", asked_for=False)
        assert not silent.put("b", bytes(200_000), {})
    finally:
        subprocess.run(["umount", tmp_path], check=True)


@AS_ROOT
def test_a_disk_that_can_only_be_read(tmp_path):
    cache = DiskCache(tmp_path / "disk" / "cache")
    cache.directory.parent.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", cache.directory.parent], check=False)
    if not os.path.ismount(cache.directory.parent):
        pytest.skip("cannot mount")
    try:
        cache.put("a", b"one", {})
        os.utime(files(cache)[0], (0, 0))
        subprocess.run(["mount", "-o", "remount,ro", cache.directory.parent], check=True)
        assert cache.get("a") == b"one"
        with pytest.warns(RuntimeWarning, match="cannot be used: Read-only file system"):
            assert not cache.put("b", b"two", {})
        cache.clear()
        assert cache.get("a") == b"one"
    finally:
        subprocess.run(["umount", cache.directory.parent], check=True)


@AS_USER
def test_a_directory_that_cannot_be_made(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.warns(RuntimeWarning, match="cannot be used: Permission denied"):
        assert not DiskCache(tmp_path / "cache").put("a", b"one", {})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not DiskCache(tmp_path / "other", asked_for=False).put("a", b"one", {})


@pytest.mark.parametrize("call", ["write", "replace", "open"])
def test_errors_of_the_disk_leave_nothing_behind(cache, monkeypatch, call):
    cache.put("a", b"one", {})

    def fail(*args, **kwargs):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def fail_on_writing(handle, mode):
        file = os_fdopen(handle, mode)
        if mode != "wb":
            return file
        os.close(handle)
        return file

    os_fdopen, os_open = os.fdopen, os.open
    with monkeypatch.context() as patch:
        if call == "write":
            patch.setattr(os, "fdopen", fail_on_writing)
        elif call == "replace":
            patch.setattr(os, "replace", fail)
        else:
            patch.setattr(os, "open", lambda path, flags, *a, **k: (
                fail() if flags & os.O_EXCL else os_open(path, flags, *a, **k)))  # fmt: skip
        with pytest.warns(RuntimeWarning, match="cannot be used"):
            assert not cache.put("b", b"two", {})
    assert [entry.name for entry in cache.entries()] == ["a"] and len(files(cache)) == 1


def test_without_a_home_there_is_no_cache():
    cache = DiskCache(Path("~/.cache/dsl"), asked_for=False)
    assert not cache.put("a", b"one", {}) and cache.get("a") is None


# -- the environment -------------------------------------------------------------------------------------------------


def test_the_environment_places_and_bounds_it(monkeypatch, tmp_path):
    monkeypatch.setenv("DSL_CACHE_DIR", str(tmp_path / "here"))
    monkeypatch.setenv("DSL_CACHE_SIZE", "2 MiB")
    cache = open_cache()
    assert (cache.directory, cache.limit, cache.asked_for) == (tmp_path / "here", 2 << 20, True)
    monkeypatch.setenv("DSL_CACHE_DIR", "")
    monkeypatch.delenv("DSL_CACHE_SIZE")
    cache = open_cache()
    assert cache.directory.name == "dsl" and cache.directory.is_absolute()
    assert (cache.limit, cache.asked_for) == (1 << 30, False)


@pytest.mark.parametrize("word, on", [("", 0), ("0", 0), ("no", 0), ("False", 0), (" off ", 0), ("1", 1), ("YES", 1),
                                      ("true", 1), ("on", 1)])  # fmt: skip
def test_words_for_yes_and_no(monkeypatch, word, on):
    monkeypatch.setenv("DSL_CACHE", word)
    assert (open_cache() is not None) == bool(on)
    monkeypatch.setenv("DSL_DEBUG_NANS", word)
    assert environment.flag("DSL_DEBUG_NANS") == bool(on)


def test_wrong_values_are_errors(monkeypatch):
    monkeypatch.setenv("DSL_CACHE", "maybe")
    with pytest.raises(dsl.Error, match="^DSL_CACHE is 'maybe'; it is one of 1, yes, true, on or of 0, no, false, off"):
        open_cache()
    monkeypatch.delenv("DSL_CACHE")
    for wrong in ("1000", "1 gig", "-1 GiB", "GiB"):
        monkeypatch.setenv("DSL_CACHE_SIZE", wrong)
        with pytest.raises(dsl.Error, match=f"^DSL_CACHE_SIZE is '{wrong}'; it is a number and one of B, KiB"):
            open_cache()
