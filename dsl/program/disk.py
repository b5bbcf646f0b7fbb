"""Programs on disk: compiled in one process, taken from the cache in the next, without loading the compiler.

What a program reads from around it is known only when it has been compiled. So there are two files. The first is found
by all that is known before: the program with its source and options, the types of the arguments, the target and the
versions. It holds plans, which say what compilations of that have read, in order. The second is found by all this and
the values that are there now, read again by a plan; it holds the artifact, and how it is called.

Sound, because the compiler is a function of what is described: whatever it reads is noted (calling/reads.py), a
function whose source it used has to be among what was described, with that same text, and what cannot be described, or
not be found again, is not kept.
"""

from __future__ import annotations

import collections
import functools
import json
import sys
import time
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from dsl import runtime
from dsl.calling import reads, trees
from dsl.calling.interface import Interface
from dsl.calling.reads import Reads
from dsl.frontend.many_frames import usual_limit
from dsl.passes.ir.diagnostics import Error
from dsl.runtime import environment
from dsl.runtime.artifact import Artifact
from dsl.runtime.disk_cache import DiskCache, open_cache
from dsl.runtime.locks import from_handler
from dsl.types import DType

from .description import Description, Undescribable, by_version, source_of
from .versions import machine, versions

if TYPE_CHECKING:
    from .program import Program

Made = tuple[Interface, Artifact]
MOST_PLANS = 8  # kept for one program: what it reads first may decide what else it reads
_HEADER = "call"


@dataclass
class Stats:
    """What this process found. `uncacheable`: how many programs were not kept, by the reason."""

    hits: int = 0
    misses: int = 0
    uncacheable: collections.Counter[str] = field(default_factory=collections.Counter)


STATS = Stats()


def find_or_make(
    program: Program, args: tuple, kwargs: dict, target: str | None, why: str, compile: Callable[[str], Made]
) -> Made:
    """What calls a program for these arguments, and its code: from the cache, or what `compile` makes.

    why: the cause for the log, to which it is added here what the cache has to do with it."""
    cache = open_cache()
    if cache is None or environment.text("DSL_DUMP_IR_TO"):
        return compile(f"{why}; the cache is {'off' if cache is None else 'left out for DSL_DUMP_IR_TO'}")
    start = time.perf_counter()
    refusals = STATS.uncacheable.copy()
    request = _tried(lambda: Request(cache, program, args, kwargs, target))
    found = _tried(request.find) if request is not None else None
    if found is not None:
        STATS.hits += 1
        took = f"{time.perf_counter() - start:.3f} s"
        runtime.log(f"took {program.__name__} for {request.target} from the cache in {took}: {why}")
        return found
    with reads.recorded() as noted:
        reason = "not in the cache" if request is not None else f"not for the cache: {_latest(refusals)}"
        interface, artifact = compile(f"{why}; {reason}")
    if request is not None:
        STATS.misses += 1
        _tried(lambda: request.keep(interface, artifact, noted))
    return interface, artifact


def _tried(step: Callable[[], Any]) -> Any:
    """What a step of the cache gives; None where it fails, for whatever reason: the program is compiled then.

    It reads again what the program reads, and so runs code of the user's, such as a property."""
    try:
        return step()
    except Undescribable as reason:
        STATS.uncacheable[str(reason)] += 1
    except Exception as error:
        if from_handler(error):
            raise
        STATS.uncacheable[f"{type(error).__name__}: {error}"] += 1
    return None


def _latest(before: collections.Counter[str]) -> str:
    """The reason that was counted since."""
    return "".join(list(STATS.uncacheable - before)[:1])


class Request:
    """A program for arguments of these types, as the cache is asked for it."""

    def __init__(self, cache: DiskCache, program: Program, args: tuple, kwargs: dict, target: str | None):
        self.cache, self.name, self.target = cache, program.__name__, runtime.resolve(target)
        self.leaves = functools.partial(_leaves, program, args, kwargs)
        self.start = Description()
        self.start.put(*versions(), *machine(self.target), usual_limit())
        self.start.add(program)
        self.start.add_arguments(program.shapes(args, kwargs))
        self.key = self.start.digest()

    def find(self) -> Made | None:
        for plan in self._plans():
            try:
                description, guards = self._followed(plan)
            except Exception as error:  # made for other values, it need not make sense for those that are there now
                if from_handler(error):
                    raise
                continue
            content = self.cache.get(description.digest())
            if content is not None:
                artifact = Artifact.from_bytes(content, f"the cached {self.name}")
                call = artifact.header.pop(_HEADER)
                interface = Interface.from_json(call, description.objects)
                interface.specialized = {int(k): int(value) for k, value in call["specialized"]}
                interface.guards = guards
                return interface, artifact
        return None

    def _plans(self) -> list[dict]:
        content = self.cache.get(self.key)
        return [] if content is None else json.loads(content)

    def _followed(self, plan: dict) -> tuple[Description, list[tuple]]:
        """The description of what is there now of that which the plan names; and the values that are to be watched."""
        description, guards = self._begun(plan["specialized"]), []
        for kind, number, name, guarded in plan["reads"]:
            value = description.read(kind, number, name)
            if guarded:
                guards.append((description.objects[number], name, value))
        return description, guards

    def _begun(self, specialized: list[int]) -> Description:
        """The description of all that finds the plans, with the values of those arguments that code is made for."""
        description = self.start.fork()
        description.put("values", len(specialized))
        leaves = self.leaves() if specialized else []
        for k in specialized:
            description.put(k, int(leaves[k]))
        return description

    def keep(self, interface: Interface, artifact: Artifact, noted: Reads) -> None:
        """Write what was compiled, and the plan by which to find it."""
        specialized = sorted(interface.specialized)
        description = self._begun(specialized)
        watched = {(id(holder), name) for holder, name, _ in interface.guards}
        plan = {"specialized": specialized, "reads": _planned(description, noted, watched)}
        _check_sources(description, noted)
        call = interface.to_json(description.number_of) | {"specialized": sorted(interface.specialized.items())}
        content = artifact.with_header(**{_HEADER: call}).to_bytes()
        about = {"program": self.name, "target": str(self.target)}
        if self.cache.put(description.digest(), content, about):
            plans = [plan, *(other for other in self._plans() if other != plan)][:MOST_PLANS]
            self.cache.put(self.key, json.dumps(plans).encode(), {})


def _leaves(program: Program, args: tuple, kwargs: dict) -> list:
    bound = program.bind(args, kwargs)
    return trees.tree_of(bound, "").flattener()(bound)


def _planned(description: Description, noted: Reads, watched: set) -> list[list]:
    """Adds all that was read to a description, each thing when its holder has been described."""
    plan, pending = [], noted.values
    while True:
        later = []
        for kind, holder, name, value in pending:
            number = description.number_of(holder)
            if number is None:
                later.append((kind, holder, name, value))
            else:
                description.add_read(kind, number, name, value)
                plan.append([kind, number, name, (id(holder), name) in watched])
        if len(later) == len(pending):
            break
        pending = later
    for _, holder, name, _ in pending:
        if not _is_known_by_version(holder):
            raise Undescribable(f"the {name} of something that cannot be found again ({type(holder).__name__})")
    return plan


def _is_known_by_version(holder: Any) -> bool:
    """Whether it belongs to what has a version: what the library reads from around its own functions."""
    if isinstance(holder, dict):
        return by_version(holder.get("__name__"))
    if isinstance(holder, types.ModuleType):
        return by_version(holder.__name__) or holder.__name__ in sys.stdlib_module_names
    if isinstance(holder, type):
        return by_version(holder.__module__)
    return isinstance(holder, str | int | float | np.generic | np.dtype | DType)


def _check_sources(description: Description, noted: Reads) -> None:
    """Every function whose source went into the code must have been described, with the text that went into it."""
    for function, lines, whole in noted.sources:
        number = description.number_of(function)
        if number is None:
            if by_version(function.__module__):
                continue
            raise Undescribable(f"the function {function.__qualname__}, which cannot be found again")
        if number in description.sources and not whole:
            raise Undescribable(f"the source of {function.__qualname__}, whose file is no Python as a whole")
        if number in description.sources and description.sources[number] != source_of(function.__code__, lines):
            raise Error(f"the source of {function.__qualname__} was changed while it was compiled")
