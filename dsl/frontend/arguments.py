"""Arguments into values, and values into results."""

from __future__ import annotations

from iree.compiler import ir

from dsl.calling import pytree
from dsl.calling.pytree import (
    DICT,
    GROWN,
    LEAF,
    LIST,
    ONE_OF,
    RAGGED,
    ROWS,
    STATIC,
    STRUCT,
    TUPLE,
    Leaf,
    Rebound,
    Tree,
)
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.engine.pools import PoolView
from dsl.frontend.engine.tags import narrowed
from dsl.frontend.functions.numpy_arithmetic import copied
from dsl.frontend.kinds.array_creation import array_of_argument
from dsl.frontend.kinds.grids import as_list, rows_of, width_of
from dsl.frontend.kinds.growing_lists import by_program, copied_list, growing
from dsl.frontend.kinds.ndarray import Array, View, tensor_of
from dsl.frontend.kinds.structs import make_struct
from dsl.frontend.protocols import constant
from dsl.frontend.values.dict_contents import HashedEntries
from dsl.frontend.values.joined import OneOf
from dsl.frontend.values.mutable import Deque, Dict, Grid, Instance, List, Mutable, Row
from dsl.frontend.values.pooled import PooledList
from dsl.frontend.values.value import Conflict, Record, Scalar, Static, Tensor, Tuple, Value
from dsl.library import lists

from .write_back import collect


class Inputs:
    """The leaves of the arguments, and the values that a program sees."""

    def __init__(self, m: Interpreter, tree: Tree, specialized: dict):
        self.specialized = specialized
        self.m, self.tree, self.leaves = m, tree, tree.leaves()
        self.values: list[Value] = []
        self.originals: list = []
        self.made: dict[Tree, Value] = {}

    def type_of(self, leaf: Leaf):
        element = self.m.builder.scalar_types[leaf.dtype]
        if leaf.shape is None:
            return element
        return ir.RankedTensorType.get(leaf.shape, element, loc=self.m.builder.unknown)

    def bind(self, arguments) -> None:
        """Makes the values, each leaf around its block argument."""
        self.originals = list(arguments)
        rest = iter(self.originals)
        self.values = [self.value(child, rest) for child in self.tree.children]

    def value(self, tree: Tree, rest) -> Value:
        made = self.made[tree] = self.make(tree, rest)
        if isinstance(made, Mutable):
            self.m.caller_objects.append(made)
        return made

    def make(self, tree: Tree, rest) -> Value:
        if tree.kind == LEAF:
            return self.leaf(tree.data, next(rest))
        if tree.kind == STATIC:
            return constant(self.m, tree.data)
        parts = [self.value(child, rest) for child in tree.children]
        if tree.kind == TUPLE:
            return Tuple(tuple(parts))
        if tree.kind == LIST:
            return List(self.m.store, parts)
        if tree.kind == DICT:
            return Dict(self.m.store, dict(zip(tree.names, parts)))
        assert tree.kind == STRUCT
        return make_struct(self.m, tree.data, dict(zip(tree.names, parts)))

    def leaf(self, leaf: Leaf, ssa) -> Value:
        if leaf.shape is None:
            return self.number(Scalar(leaf.dtype, leaf.weak, ssa), leaf)
        made = array_of_argument(self.m, Tensor(leaf.dtype, leaf.shape, ssa))
        self.m.argument_arrays.slots[self.originals.index(ssa)] = made
        return made

    def number(self, value: Scalar, leaf: Leaf) -> Scalar:
        """A number; the constant it is known to be, after a check, where the program is made for its value."""
        wanted = self.specialized.get(self.originals.index(value.ssa))
        if wanted is None:
            return value
        b = self.m.builder
        other = b.compare("ne", value.ssa, b.constant(leaf.dtype, wanted), False)
        b.fail(other, "ValueError", f"compiled for {leaf.path} = {wanted}, on which the size of an array depends; "
               f"called with {{0}}", [value.ssa])
        return Scalar(leaf.dtype, leaf.weak, constant=wanted)


class Outputs:
    """The leaves of the result, and after them the new contents of what the program changed."""

    def __init__(self, m: Interpreter, inputs: Inputs, value: Value):
        self.m, self.values, self.leaves = m, [], []
        self.mutated: dict[int, int] = {}
        self.rebound: list[Rebound] = []
        self.tree = self.flatten(value, "result")
        collect(self, inputs)

    def add(self, value: Scalar | Tensor, path: str) -> Tree:
        shape = value.shape if isinstance(value, Tensor) else None
        leaf = Leaf(value.dtype, isinstance(value, Scalar) and value.weak, shape, path)
        self.values.append(value)
        self.leaves.append(leaf)
        return Tree(LEAF, leaf)

    def flatten(self, value: Value, path: str) -> Tree:
        m = self.m
        value = narrowed(m, value)
        if isinstance(value, Scalar):
            return self.add(value, path)
        if isinstance(value, OneOf):
            tag = self.add(value.tag, path)
            children = tuple(self.flatten(other, path) for other in value.alternatives.values())
            return Tree(ONE_OF, None, (tag, *children), (-1, *value.alternatives))
        if isinstance(value, Static):
            return Tree(STATIC, value.value)
        if isinstance(value, Deque):
            raise m.error("a kernel cannot return a deque", "return a list of its items: list(q)")
        if isinstance(value, Row):
            value = as_list(m, value)
        if isinstance(value, PooledList):
            value = copied_list(m, PoolView(m, value))
        if isinstance(value, List) and growing(m, value) is not None:
            return self.flatten_list(value, path)
        if isinstance(value, Grid):
            counts = self.add(rows_of(m, value), f"len({path})"), self.add(width_of(m, value), f"len({path}[0])")
            flat = self.flatten_list(List(m.store, value.contents(m)), path)
            return Tree(ROWS, None, (*counts, flat), (0, 1, 2))
        if isinstance(value, Tuple | List):
            items = value.items if isinstance(value, Tuple) else value.items(m)
            children = tuple(self.flatten(v, f"{path}[{k}]") for k, v in enumerate(items))
            return Tree(TUPLE if isinstance(value, Tuple) else LIST, None, children, tuple(range(len(items))))
        if isinstance(value, Dict):
            held = value.contents(m)
            if isinstance(held, HashedEntries) or value.python_class is not dict:
                what = held.describe() if isinstance(held, HashedEntries) else value.describe()
                raise m.error(f"a kernel cannot return {what}", "return a list of its items: list(d.items())")
            entries = held.fields
            children = tuple(self.flatten(v, f"{path}[{k!r}]") for k, v in entries.items())
            return Tree(DICT, None, children, tuple(entries))
        if isinstance(value, Record | Instance):
            names = pytree.field_names(value.cls)
            fields = value.fields if isinstance(value, Record) else value.slots
            children = tuple(self.flatten(fields[n], f"{path}.{n}") for n in names)
            return Tree(STRUCT, value.cls, children, names)
        if isinstance(value, Conflict):
            raise m.conflict(path, value)
        tensor = result_of_array(m, value)
        if tensor is None:
            raise m.error(f"a kernel cannot return {value.describe()}", "return numbers, arrays, or structs of them")
        return self.add(tensor, path)


    def flatten_list(self, value: List, path: str) -> Tree:
        """A list whose length is known only at run time."""
        items = growing(self.m, value)
        if items is not None and items.start is not None:
            items = growing(self.m, copied_list(self.m, value))
        assert items is not None
        if isinstance(items.item, PooledList):
            parts = [by_program(self.m, function, value) for function in (lists.lengths_of_lists, lists.items_of_lists)]
            return Tree(RAGGED, None, tuple(self.flatten(part, path) for part in parts), (0, 1))
        length, shown = self.add(items.length, f"len({path})"), f"{path}[0]"

        def tree_of_item(part: Value) -> Tree:
            if isinstance(part, Scalar):
                return Tree(LEAF, Leaf(part.dtype, part.weak, None, shown))
            if isinstance(part, Static):
                return Tree(STATIC, part.value)
            if isinstance(part, PooledList):
                raise self.m.error("a kernel cannot return a list of tuples or structs that hold lists",
                                   "return a list of these lists, and the rest in another one")
            children = tuple(map(tree_of_item, part.parts()))
            if isinstance(part, Record):
                return Tree(STRUCT, part.cls, children, pytree.field_names(part.cls))
            return Tree(TUPLE, None, children, tuple(range(len(children))))

        tree = Tree(GROWN, None, (length, tree_of_item(items.item)), (0, 1))
        self.values += items.columns
        self.leaves += tree.leaves()[1:]
        return tree


def result_of_array(m: Interpreter, value: Value) -> Tensor | None:
    """An array as a result of the whole kernel."""
    if isinstance(value, View):
        value = copied(m, value)
    if not isinstance(value, Array):
        return None
    if "sizes" in value.slots:
        raise m.error("a kernel cannot return an array whose size is known only at run time",
                      "return an array of fixed size and the number of elements that count")
    return tensor_of(m, value)
