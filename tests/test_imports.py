"""The shape of the shipped packages: which way imports go, how long files and functions are, what an import costs."""

import ast
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import dsl

ROOT = Path(__file__).resolve().parents[1]

# A module may import what its own layer holds and the layers before it. Its layer is the longest name that begins its.
LAYERS = [
    "iree.compiler",
    "dsl.passes.options",
    "dsl.passes.calling_convention",
    "dsl.passes.ir",
    "dsl.passes.rules",
    "dsl.passes.cleanup",
    "dsl.passes.arrays",
    "dsl.passes.prepare",
    "dsl.passes.instrument",
    "dsl.passes.autodiff",
    "dsl.passes.math",
    "dsl.passes.kernel",
    "dsl.passes.kernel.products",
    "dsl.passes.kernel.memory",
    "dsl.passes.kernel.memory_loops",
    "dsl.passes.kernel.effects",
    "dsl.passes",
    "dsl.runtime.environment",
    "dsl.runtime.host",
    "dsl.runtime.targets",
    "dsl.runtime",
    "dsl.types",
    "dsl.library",
    "dsl.calling",
    "dsl.frontend.values.signals",  # the refusal, which the syntax needs too
    "dsl.frontend.syntax",
    "dsl.frontend.values",
    "dsl.frontend.emit",
    "dsl.frontend.protocols",
    "dsl.frontend.function_table",
    "dsl.frontend.engine",
    "dsl.frontend.kinds",
    "dsl.frontend.functions",
    "dsl.frontend.derivatives",
    "dsl.frontend",
    "dsl.program",
    "dsl.api",
    "dsl",
]
FOLDERS = {"dsl": "dsl", "dsl.runtime": "runtime", "dsl.passes": "passes"}
# The functions that import when they are called, so that `import dsl`, a program that is not lowered, and an artifact
# load no compiler; and what they import.
GATES: dict[tuple[str, str | None], str] = {
    ("dsl", "__getattr__"): "any",
    ("dsl.runtime", "__getattr__"): "any",
    ("dsl.program.program", "toolchain"): "dsl.program.compilation",
}
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60


def sources(package: str) -> list[Path]:
    return sorted((ROOT / FOLDERS[package]).rglob("*.py"))


def module_name(package: str, path: Path) -> str:
    parts = path.relative_to(ROOT / FOLDERS[package]).with_suffix("").parts
    return ".".join([package, *parts]).removesuffix(".__init__")


MODULES = {module_name(package, path): path for package in FOLDERS for path in sources(package)}


@dataclass(frozen=True)
class Import:
    """A name that a module imports from another, `function` the innermost one around the statement."""

    module: str
    target: str
    line: int
    function: str | None

    def __str__(self):
        return f"{MODULES[self.module].relative_to(ROOT)}:{self.line}: {self.module} imports {self.target}"


def imports(module: str) -> list[Import]:
    """Every import of a module that is executed: those under TYPE_CHECKING are not."""
    found: list[Import] = []
    here = module.split(".")[: None if MODULES[module].name == "__init__.py" else -1]

    def visit(node: ast.AST, function: str | None) -> None:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            return
        if isinstance(node, ast.FunctionDef):
            function = node.name
        if isinstance(node, ast.Import):
            found.extend(Import(module, alias.name, node.lineno, function) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level + 1] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            names = [f"{origin}.{alias.name}" for alias in node.names]
            found.extend(Import(module, name if name in MODULES else origin, node.lineno, function) for name in names)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in DYNAMIC:
            found.append(Import(module, "any", node.lineno, function))
        for child in ast.iter_child_nodes(node):
            visit(child, function)

    visit(ast.parse(MODULES[module].read_text()), None)
    return found


DYNAMIC = ("import_module", "__import__")
IMPORTS = [found for module in MODULES for found in imports(module)]


def rank(module: str) -> int | None:
    """The number of the layer that a module belongs to; None outside of the project."""
    owners = [layer for layer in LAYERS if module == layer or module.startswith(layer + ".")]
    return LAYERS.index(max(owners, key=len)) if owners else None


def is_gate(found: Import) -> bool:
    key = (found.module, found.function)
    return key in GATES and GATES[key] in ("any", found.target)


def test_imports_go_one_way():
    wrong = [
        str(found)
        for found in IMPORTS
        if (owner := rank(found.target)) is not None and owner > (rank(found.module) or 0) and not is_gate(found)
    ]
    assert not wrong, "\n".join(wrong)


def test_every_layer_holds_modules():
    held = {rank(module) for module in MODULES}
    assert [layer for k, layer in enumerate(LAYERS) if k not in held] == ["iree.compiler"]


def test_modules_import_each_other_in_no_circle():
    graph = {module: set() for module in MODULES}
    for found in IMPORTS:
        if found.target in MODULES and not is_gate(found):
            graph[found.module].add(found.target)
    # a module waits for what it imports; what can never be ready lies on a circle, or behind one
    ready: set[str] = set()
    while left := [m for m in MODULES if m not in ready and graph[m] <= ready]:
        ready.update(left)
    circles = [f"{module} imports {sorted(graph[module] - ready)}" for module in MODULES if module not in ready]
    assert not circles, "\n".join(circles)


def test_functions_import_nothing_of_the_project():
    """But for the gates: who needs whom is read at the top of a file."""
    hidden = [
        str(found)
        for found in IMPORTS
        if found.function and found.target in ("any", *MODULES) and not is_gate(found)
    ]
    assert not hidden, "\n".join(hidden)


def test_every_gate_is_needed():
    used = {(found.module, found.function) for found in IMPORTS}
    assert not [gate for gate in GATES if gate not in used]


# Names that two modules share, with what they have in common.
SHARED_MODULES = {
    "math": "an operation's Python function (dsl.library) and its derivative (dsl.passes.rules)",
    "rounding": "functions of the language (dsl.library) and expansions of operations (dsl.passes.math) that round",
}
SHARED_NAMES = {
    "polygamma": "an operation's derivative and its expansion are found by its name",
}


def repeated(names: list[tuple[str, str]]) -> dict[str, list[str]]:
    """From pairs of a name and where it is: the names that are in several places."""
    places: dict[str, list[str]] = {}
    for name, place in names:
        places.setdefault(name, []).append(place)
    return {name: found for name, found in places.items() if len(set(found)) > 1}


def test_modules_have_names_of_their_own():
    found = repeated([(path.stem, module) for module, path in MODULES.items() if path.name != "__init__.py"])
    assert set(found) == set(SHARED_MODULES), found


def defined(node: ast.stmt) -> str | None:
    """The name of a function, a class or a protocol."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return node.name
    if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("Protocol("):
        return ast.unparse(node.targets[0])
    return None


def test_functions_and_classes_have_names_of_their_own():
    """In each of the three trees, what is public at the top of a module."""
    found: dict[str, list[str]] = {}
    for folder in FOLDERS.values():
        found |= repeated([
            (name, module)
            for module, path in MODULES.items()
            if path.is_relative_to(ROOT / folder)
            for node in ast.parse(path.read_text()).body
            if (name := defined(node)) and not name.startswith("_")
        ])
    assert set(found) == set(SHARED_NAMES), found


@pytest.mark.parametrize("package", FOLDERS)
def test_files_are_short(package):
    long = {
        str(p.relative_to(ROOT)): n
        for p in sources(package)
        if (n := len(p.read_text().splitlines())) >= MAX_FILE_LINES
    }
    assert not long, f"files of {MAX_FILE_LINES} lines or more: {long}"


@pytest.mark.parametrize("package", FOLDERS)
def test_functions_are_short(package):
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name} has {length} lines"
        for path in sources(package)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) >= MAX_FUNCTION_LINES
    ]
    assert not long, "\n".join(long)


def modules_after(statement: str) -> set[str]:
    code = f"import sys\n{statement}\nprint(*sys.modules)"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())


def test_runtime_needs_no_compiler():
    """An artifact runs on a machine that has only the runtime."""
    assert not [m for m in modules_after("import dsl.runtime") if m.startswith("iree.compiler")]


def test_import_is_light():
    """Neither compiler nor runtime nor a worker is loaded before the first kernel needs them."""
    assert not [m for m in modules_after("import dsl") if m.startswith(("iree.compiler", "iree._runtime", "mpmath"))]


WITHOUT_COMPILER = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[2].startswith("compiler") and name.startswith("iree."):
            raise ImportError(f"{name} is not installed")

sys.meta_path.insert(0, Missing())
import dsl
dsl.grad(dsl.kernel(lambda x: x))
dsl.targets(), dsl.devices()
print(dsl.load(sys.argv[1])(3.0))
try:
    dsl.kernel(lambda x: x)(1.0)
except ImportError as error:
    print(error)
"""


def test_an_artifact_is_loaded_and_called_where_there_is_no_compiler(tmp_path):
    """Kernels and derivatives can be made there too; the first that is lowered asks for the compiler."""
    path = str(tmp_path / "square.dslx")
    dsl.compile(lambda x: x * x, dsl.f64).save(path)
    code = tmp_path / "program.py"
    code.write_text(WITHOUT_COMPILER)
    out = subprocess.run([sys.executable, str(code), path], capture_output=True, text=True, check=True).stdout
    assert out.splitlines()[0] == "9.0" and out.splitlines()[1].endswith("is not installed")
