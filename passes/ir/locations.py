"""Reading MLIR locations back as places in source files."""

import re

from iree.compiler import ir

FRAME = re.compile(r'"((?:[^"\\]|\\.)*)":(\d+):(\d+)')
_PART = re.compile(r'"(adjoint|tangent)"\(')
_ESCAPE = re.compile(rb"\\([0-9A-Fa-f]{2}|.)")


def frames(location) -> list:
    """[file, line, column] for each place a location names, innermost first (a callsite names callee, then call)."""
    return [[_unescape(file), int(line), int(column)] for file, line, column in FRAME.findall(str(location))]


def derived(part: str, location: ir.Location) -> ir.Location:
    """The place of an operation of the "adjoint" or "tangent" of what stands there."""
    return ir.Location.name(part, childLoc=location)


def parts(location) -> str:
    """What an operation there is part of: "primal", "adjoint of the primal", "tangent of the adjoint of the primal"."""
    names = [*_PART.findall(str(location)), "primal"]
    return " of the ".join(names) if len(names) > 2 else names[0]


def _unescape(text: str) -> str:
    """Undo MLIR's string escapes, which spell bytes in hex."""

    def byte(match):
        code = match.group(1)
        return bytes([int(code, 16)]) if len(code) == 2 else code

    return _ESCAPE.sub(byte, text.encode()).decode(errors="replace")
