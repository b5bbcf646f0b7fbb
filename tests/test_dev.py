"""./dev makes its environment, and makes it anew where it is of no use."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def dev(tmp_path):
    """Runs `./dev example` in a folder with a program for pip and an example that say what they do."""
    (tmp_path / "dev").write_bytes((ROOT / "dev").read_bytes())
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "sine.py").write_text("import sys; print(sys.version_info >= (3, 11))")
    (tmp_path / "modules" / "pip").mkdir(parents=True)
    (tmp_path / "modules" / "pip" / "__main__.py").write_text("print('installing')")
    (tmp_path / "modules" / "pip" / "__init__.py").write_text("")

    fast = tmp_path / "python"  # makes environments without installing pip, which takes seconds
    make = f'exec {sys.executable} -m venv --without-pip --clear "$4"'
    fast.write_text(f'#!/bin/sh\nif [ "$1 $2" = "-m venv" ]; then {make}; fi\nexec {sys.executable} "$@"\n')
    fast.chmod(0o755)

    def run(**environment: str) -> subprocess.CompletedProcess:
        modules = {"PYTHONPATH": str(tmp_path / "modules"), "PYTHON": str(fast)}
        found = {name: value for name, value in os.environ.items() if name != "DSL_VENV"} | modules | environment
        return subprocess.run(["bash", "dev", "example"], cwd=tmp_path, env=found, capture_output=True, text=True)

    return run


@pytest.mark.skipif(os.name != "posix", reason="a script for bash")
def test_an_environment_is_made_shown_kept_and_repaired(dev, tmp_path):
    first, second = dev(), dev()
    assert first.stdout == second.stdout == "True\n", first.stderr
    assert "dev: making " in first.stderr and "dev: installing what dsl[examples] needs" in first.stderr
    assert second.stderr == ""
    python = tmp_path / ".venv" / "bin" / "python"
    for content in ("#!/nowhere/python\n", "#!/bin/sh\nexit 1\n"):  # it was removed; it is too old
        python.unlink()
        python.write_text(content)
        python.chmod(0o755)
        repaired = dev()
        assert repaired.stdout == "True\n", repaired.stderr
        assert "of another Python or broken; making it anew" in repaired.stderr and "installing" in repaired.stderr
    too_old = tmp_path / "old"
    too_old.write_text("#!/bin/sh\nexit 1\n")
    too_old.chmod(0o755)
    python.unlink()
    refused = dev(PYTHON=str(too_old))
    assert refused.returncode == 1 and "is no Python of version 3.11 or newer" in refused.stderr
