"""Reading MLIR locations back as places in source files."""

import re

_FRAME = re.compile(r'"((?:[^"\\]|\\.)*)":(\d+):(\d+)')
_ESCAPE = re.compile(rb"\\([0-9A-Fa-f]{2}|.)")


def frames(location) -> list:
    """[file, line, column] for each place a location names, innermost first (a callsite names callee, then call)."""
    return [[_unescape(file), int(line), int(column)] for file, line, column in _FRAME.findall(str(location))]


def _unescape(text: str) -> str:
    """Undo MLIR's string escapes, which spell bytes in hex."""

    def byte(match):
        code = match.group(1)
        return bytes([int(code, 16)]) if len(code) == 2 else code

    return _ESCAPE.sub(byte, text.encode()).decode(errors="replace")
