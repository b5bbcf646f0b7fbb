"""A frame: the locals of one call that is being inlined, and the flags of the exits that it has taken."""

from __future__ import annotations

import builtins
from typing import Any

from dsl.calling import reads
from dsl.frontend.syntax.source import FunctionInfo

from .misspelling import nearest
from .signals import Refused
from .store import Container, Store
from .value import FALSE

RETURNED, RESULT, RAISED = "%returned", "%result", "%raised"
FLAGS = BREAK, CONTINUE, EXHAUSTED = "%break", "%continue", "%exhausted"  # of a loop: (flag, its node)


class Frame(Container):
    """`exits` are the flags that stop the statement list being visited, as (container, key), those of `lasting` in all
    of the function; `call` is the location of the call."""

    def __init__(self, store: Store, info: FunctionInfo, python=None, enclosing: Frame | None = None,
                 caller: Frame | None = None, call=None, call_node=None):
        super().__init__(store)
        self.store = store
        self.info, self.python, self.enclosing = info, python, enclosing
        self.caller, self.call, self.call_node = caller, call, call_node
        self.depth = caller.depth + 1 if caller else 0
        self.lasting: list[tuple] = [(self, RETURNED)]
        self.exits: list[tuple] = self.lasting
        # of a generator: what takes each item, and the names that it binds: (frame, names)
        self.consume: Any = None
        self.consumers: list[tuple] = []
        self.slots[RETURNED] = FALSE
        self.arguments: dict | None = None
        self.recursion: Any = None
        self.locations: dict = {}

    def may_change_in(self, loop, key) -> bool:
        if not isinstance(key, str):
            return True
        if (loop.frame is self and key in loop.assigned) or key in self.info.rebound_by_nested:
            return True
        return any(frame is self and key in names for frame, names in loop.frame.consumers)

    def owner(self, name: str) -> Frame | None:
        """The frame that holds `name`, looking outwards; None for a name of the module."""
        frame: Frame | None = self
        if name.startswith("%"):
            return self
        while frame is not None:
            if name in frame.info.locals:
                return frame
            if frame.info.declared.get(name) == "global":
                return None
            frame = frame.enclosing
        return None

    def outermost(self) -> Frame:
        frame = self
        while frame.enclosing is not None:
            frame = frame.enclosing
        return frame

    def noted(self, holder, name: str, value):
        """A value from outside of the kernel, which the compiled code takes for a constant."""
        self.store.guards.note(holder, name, value)
        return value

    def module_value(self, name: str):
        """A name that no enclosing function binds: from the function's own closure, its module, or builtins."""
        function = self.outermost().python
        if function is None:
            raise Refused(f"the name {name} is not known here")
        if name in function.__code__.co_freevars:
            cell = function.__closure__[function.__code__.co_freevars.index(name)]
            try:
                return self.noted(cell, name, cell.cell_contents)
            except ValueError:
                reads.note(reads.CELL, cell, name, reads.ABSENT)
                raise Refused(f"the name {name} has no value yet in the function around this one") from None
        if name in function.__globals__:
            return self.noted(function.__globals__, name, function.__globals__[name])
        found = getattr(builtins, name, reads.ABSENT)
        reads.note(reads.GLOBAL, function.__globals__, name, found)
        if found is not reads.ABSENT:
            return found
        known = [*self.info.locals, *function.__code__.co_freevars, *function.__globals__, *vars(builtins)]
        raise Refused(f"name '{name}' is not defined", nearest(name, known))
