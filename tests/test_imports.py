"""The shape of the shipped packages: which way imports go, how long files and functions are, what an import costs."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# A package may import itself and those after it, never one before it.
ORDER = ["dsl", "dsl.runtime", "dsl.passes", "iree.compiler"]
FOLDERS = {"dsl": "dsl", "dsl.runtime": "runtime", "dsl.passes": "passes"}
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60


def sources(package: str) -> list[Path]:
    return sorted((ROOT / FOLDERS[package]).rglob("*.py"))


def layer(module: str) -> str | None:
    """The package of ORDER a module belongs to: the longest prefix."""
    owners = [p for p in ORDER if module == p or module.startswith(p + ".")]
    return max(owners, key=len, default=None)


def module_name(package: str, path: Path) -> str:
    parts = path.relative_to(ROOT / FOLDERS[package]).with_suffix("").parts
    return ".".join([package, *parts]).removesuffix(".__init__")


def imported_modules(package: str, path: Path):
    """(line, absolute module name) of every import in a file, also inside functions."""
    is_package = path.name == "__init__.py"
    here = module_name(package, path).split(".")
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level + is_package] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                yield node.lineno, f"{origin}.{alias.name}"


@pytest.mark.parametrize("package", FOLDERS)
def test_imports_go_one_way(package):
    allowed = ORDER[ORDER.index(package) :]
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {package} may not import {name}"
        for path in sources(package)
        for line, name in imported_modules(package, path)
        if (owner := layer(name)) and owner not in allowed
    ]
    assert not wrong, "\n".join(wrong)


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
