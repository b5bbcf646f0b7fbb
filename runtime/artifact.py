"""The `.dslx` file: a compiled kernel and all that is needed to run it, without the compiler.

    magic     8 bytes  89 'D' 'S' 'L' 'X' 0D 0A 1A   (as in PNG: a transfer that mangles line ends is noticed)
    version   u32      format version
    length    u64      bytes of the header
    header    JSON     iree, target, chip, host, signature, vmfb_bytes, seal, and what the layers above add
    vmfb      bytes    the compiled module
    digest    32 bytes SHA-256 of everything before

Nothing in it is executed but the compiled code, and that only after three digests have been checked: that of the file;
the seal, which is made with the header and the code and not when they are written, so that neither fits another; and
one that the compiled code itself holds, of the signature and of the machine it needs, without which native code would
write where a wrong signature says. (They guard against damage and mistakes, not malice: compiled code from a stranger
is a stranger's program.)
"""

import hashlib
import json
import os
import struct
import tempfile
from dataclasses import dataclass
from pathlib import Path

from dsl.passes.ir.diagnostics import Error

from . import host
from .targets import Target

MAGIC = b"\x89DSLX\r\n\x1a"
VERSION = 2
_PREFIX = struct.Struct("<8sIQ")
_DIGEST = 32
_FIELDS: dict[str, type] = {"iree": str, "target": str, "chip": str, "signature": dict, "seal": str, "vmfb_bytes": int}


def held_digest(signature: dict, target: str, chip: str, needed: dict | None, iree: str) -> str:
    """What compiled code holds of how it is called and where: a digest."""
    return _json_digest([signature, target, chip, needed, iree])


def _json_digest(value) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Artifact:
    """A compiled kernel: `header` as in the file, and the compiled module."""

    header: dict
    vmfb: bytes

    @classmethod
    def make(cls, signature: dict, target: Target, iree: str, vmfb: bytes) -> "Artifact":
        """An artifact of this machine's making; code for a CPU records what that CPU must be able to do."""
        header = {"iree": iree, "target": target.name, "chip": target.chip, "signature": signature}
        if (needed := target.host_needs()) is not None:
            header["host"] = needed
        return cls(header, vmfb).with_header()

    def with_header(self, **more) -> "Artifact":
        """The same code with more in the header, or other values, sealed."""
        header = {name: value for name, value in (self.header | more).items() if name != "seal"}
        return Artifact(header | {"seal": self._seal(header)}, self.vmfb)

    def _seal(self, header: dict) -> str:
        covered = {name: value for name, value in header.items() if name not in ("seal", "vmfb_bytes")}
        return _json_digest([covered, hashlib.sha256(self.vmfb).hexdigest()])

    @property
    def signature(self) -> dict:
        """How the kernel is called (passes/kernel/layout.py)."""
        return self.header["signature"]

    def to_bytes(self) -> bytes:
        header = json.dumps(self.header | {"vmfb_bytes": len(self.vmfb)}).encode()
        body = _PREFIX.pack(MAGIC, VERSION, len(header)) + header + self.vmfb
        return body + hashlib.sha256(body).digest()

    def save(self, path) -> None:
        """Write the file; whoever reads it meanwhile sees the old one or the new one, never half of one."""
        path = Path(path)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(self.to_bytes())
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise

    @classmethod
    def load(cls, path) -> "Artifact":
        """Read a file that `save` wrote.

        Raises dsl.Error, naming the file, where it is not an artifact, is damaged or is of another format version;
        OSError where it cannot be read.
        """
        return cls.from_bytes(Path(path).read_bytes(), str(path))

    @classmethod
    def from_bytes(cls, data: bytes, name: str) -> "Artifact":
        """The inverse of `to_bytes`; `name` is what errors call the data."""
        if len(data) < _PREFIX.size or not data.startswith(MAGIC):
            raise Error(f"{name} is not a compiled dsl kernel (.dslx)")
        _, version, length = _PREFIX.unpack_from(data)
        if version != VERSION:
            raise Error(f"{name} has format version {version}; this dsl reads version {VERSION}: compile it again")
        body, digest = data[:-_DIGEST], data[-_DIGEST:]
        if hashlib.sha256(body).digest() != digest:
            raise Error(f"{name} is damaged: it was cut short or changed after it was written")
        found = cls(_header(body[_PREFIX.size : _PREFIX.size + length], name), body[_PREFIX.size + length :])
        if found.header.pop("vmfb_bytes") != len(found.vmfb) or found.header["seal"] != found._seal(found.header):
            raise Error(f"{name} is damaged: its header and its code are not those that were made together")
        return found

    def check_runs_here(self, name: str) -> None:
        """Raise dsl.Error where it was made by another IREE or for another processor; `name` is what to call it."""
        from iree.runtime.version import VERSION as here

        made_by = self.header["iree"]
        if made_by.split(".")[:2] != here.split(".")[:2]:
            raise Error(f"{name} was compiled by IREE {made_by}; this is IREE {here}: compile it again")
        if "host" in self.header and (reason := host.objection(self.header["host"])):
            raise Error(f"{name} cannot run here: {reason}")

    def check_held(self, held: str | None, name: str) -> None:
        """Raise dsl.Error where the digest that the compiled code holds is not that of the header."""
        header = self.header
        fits = held_digest(self.signature, header["target"], header["chip"], header.get("host"), header["iree"])
        if held != fits:
            raise Error(f"{name} is damaged: its header does not describe its code")


def _header(text: bytes, name: str) -> dict:
    """The header of a file of this name, its own fields of the right types. Raises dsl.Error."""
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Error(f"{name} is damaged: its header is no JSON ({error})") from None
    if not isinstance(header, dict):
        raise Error(f"{name} is damaged: its header is no JSON object")
    wrong = [field for field, kind in _FIELDS.items() if type(header.get(field)) is not kind]
    wrong += ["host"] if "host" in header and not host.is_description(header["host"]) else []
    if wrong:
        raise Error(f"{name} is damaged: its header lacks {', '.join(sorted(wrong))}, or has something else there")
    return header
