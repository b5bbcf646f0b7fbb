"""What the README claims is run."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return [text for name, text in fenced if name == language]


def run(path: Path, *args, cwd: Path) -> str:
    done = subprocess.run([sys.executable, str(path), *args], cwd=cwd, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_first_program_prints_its_gradient_and_its_ir(tmp_path):
    (program,) = blocks("python")
    assert len(program.splitlines()) <= 15
    path = tmp_path / "cool.py"
    path.write_text(program)
    value, ir = run(path, cwd=tmp_path).split("\n", 1)
    scope: dict = {}
    exec(program.split("@dsl.kernel")[1].split("\nprint")[0], scope)
    plain = scope["cool"]
    shown = [float(x) for x in re.findall(r"[-+]?\d+\.\d+(?:e[-+]?\d+)?", value)]
    h = 1e-6
    slopes = [
        (plain(90.0 + h, 0.01) - plain(90.0 - h, 0.01)) / (2 * h),
        (plain(90.0, 0.01 + 1e-9) - plain(90.0, 0.01 - 1e-9)) / 2e-9,
    ]
    assert shown[0] == plain(90.0, 0.01)
    assert all(abs(a - b) <= 1e-5 * abs(b) for a, b in zip(shown[1:], slopes))
    assert "func.func" in ir and 'cool.py":' in ir


def test_commands_exist():
    (commands,) = blocks("")
    scripts = re.findall(r"^(\./\S+) (\w+)", commands, re.MULTILINE)
    assert [words for _, words in scripts] == ["example", "test"]
    text = (ROOT / "dev").read_text()
    assert all((ROOT / path).exists() and f"\n{word})\n" in text for path, word in scripts)


def test_linked_files_exist():
    links = re.findall(r"\]\((\S+?)\)", README)
    assert links and not [link for link in links if not (ROOT / link).exists()]


def test_sine_example_runs(tmp_path):
    printed = run(ROOT / "examples" / "sine.py", "--picture", str(tmp_path / "sine.png"), cwd=tmp_path)
    assert "reverse mode: 0.54030230379188" in printed and "forward mode: 0.54030230379188" in printed
    assert (tmp_path / "sine.png").stat().st_size > 10_000
