"""MLIR to artifact to execution.

Nothing is imported until it is asked for: loading and running an artifact needs no compiler.
"""

from importlib import import_module

_HOME = {
    "compile": "build",
    "lower": "build",
    "compile_kernel": "build",
    "observer_for": "build",
    "verifies": "build",
    "later_stages": "dumps",
    "show_later_stages": "dumps",
    "log": "progress",
    "shown": "progress",
    "Artifact": "artifact",
    "Executable": "executable",
    "load": "executable",
    "device": "devices",
    "usable_targets": "devices",
    "describe_device": "devices",
    "TARGETS": "targets",
    "Target": "targets",
    "resolve": "targets",
}

__all__ = list(_HOME)


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)
