"""Errors as sentences with a place: what was written, where, what was found, what to write instead.

Nothing here imports the compiler, so that `dsl.Error` can be named and caught for free.
"""

from __future__ import annotations

import linecache
from dataclasses import dataclass, field


class Error(Exception):
    """Base of every error that `dsl` itself reports. Errors a kernel raises (IndexError, …) are CPython's own."""


class RecompilationWarning(UserWarning):
    """A program is compiled again and again for one cause, such as a length that differs from call to call."""


class CheckpointWarning(UserWarning):
    """The option `checkpoint` saves no memory, in a loop that it was meant for."""


@dataclass(frozen=True)
class Place:
    """A point in a source file; line and column count from 1, the column in characters."""

    filename: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.filename}:{self.line}:{self.column}"

    def excerpt(self, text: str | None = None) -> str:
        """The source line and a caret under the column, or nothing where the source is not at hand."""
        if text is None:
            text = linecache.getline(self.filename, self.line)
        text = text.rstrip("\r\n")
        if not text.strip():
            return ""
        before = "".join("\t" if c == "\t" else " " for c in text[: self.column - 1])
        return f"    {text}\n    {before}^"


@dataclass(frozen=True)
class Finding:
    """One thing wrong at one place. `related` names other places that belong to it, each with a phrase."""

    place: Place | None
    message: str
    help: str = ""
    related: tuple[tuple[Place, str], ...] = field(default=())

    def __str__(self) -> str:
        lines = [f"{self.place}: {self.message}" if self.place else self.message]
        if self.place and (excerpt := self.place.excerpt()):
            lines.append(excerpt)
        for place, phrase in self.related:
            lines.append(f"{place}: {phrase}")
            if excerpt := place.excerpt():
                lines.append(excerpt)
        if self.help:
            lines.append(f"help: {self.help}")
        return "\n".join(lines)


class CompileError(Error):
    """A program that cannot be compiled. Carries the first place; `findings` holds everything that was found."""

    def __init__(self, message: str, filename: str = "", line: int = 0, column: int = 0, help: str = "",
                 related: tuple[tuple[Place, str], ...] = (), findings: tuple[Finding, ...] = ()):
        if not findings:
            place = Place(filename, line, column) if filename else None
            findings = (Finding(place, message, help, tuple(related)),)
        self.findings = tuple(findings)
        first = self.findings[0]
        self.message, self.help, self.related = first.message, first.help, first.related
        self.filename = first.place.filename if first.place else ""
        self.line = first.place.line if first.place else 0
        self.column = first.place.column if first.place else 0
        super().__init__("\n\n".join(str(finding) for finding in self.findings))

    @classmethod
    def collect(cls, errors: list[CompileError]) -> CompileError:
        """One error that reports several, in the order of the source."""
        findings = [finding for error in errors for finding in error.findings]
        findings.sort(key=lambda f: (f.place.filename, f.place.line, f.place.column) if f.place else ("", 0, 0))
        return cls("", findings=tuple(dict.fromkeys(findings)))


class InternalError(CompileError):
    """A mistake of ours that a check of our own found, at the place of the user's that it concerns."""
