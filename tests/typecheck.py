"""`python -m tests.typecheck`: pyright over the three packages, laid out as they are imported.

The folders passes/ and runtime/ are imported as dsl.passes and dsl.runtime, which a type checker cannot know; so the
files are linked into build/types the way an installation lays them out, and checked there.
"""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TREE = ROOT / "build" / "types"
FOLDERS = {"dsl": "dsl", "passes": "dsl/passes", "runtime": "dsl/runtime"}


def link() -> None:
    """Links every source file into the tree and drops links to files that are gone."""
    wanted = {
        TREE / target / path.relative_to(ROOT / folder): path
        for folder, target in FOLDERS.items()
        for path in (ROOT / folder).rglob("*.py")
    }
    for old in TREE.rglob("*.py"):
        if old not in wanted:
            old.unlink()
    for new, path in wanted.items():
        new.parent.mkdir(parents=True, exist_ok=True)
        if not new.is_symlink():
            new.symlink_to(path)


def configure() -> None:
    """The settings of pyproject.toml, with imports checked."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pyright"]
    settings |= {"include": ["dsl"], "reportMissingImports": True}
    (TREE / "pyrightconfig.json").write_text(json.dumps(settings))


def main() -> int:
    TREE.mkdir(parents=True, exist_ok=True)
    link()
    configure()
    pyright = Path(sys.executable).parent / "pyright"
    command = [str(pyright), "--pythonpath", sys.executable]
    quiet = {**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    done = subprocess.run(command, cwd=TREE, text=True, capture_output=True, env=quiet)
    text = done.stdout
    for folder, target in sorted(FOLDERS.items(), key=lambda pair: -len(pair[1])):
        text = text.replace(f"{TREE}/{target}/", f"{folder}/")
    print(text, done.stderr, sep="")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
