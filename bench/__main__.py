"""The command: chooses cases, measures them, prints the table, writes JSON and the page."""

import argparse
import fnmatch
import json
import subprocess
import sys
from pathlib import Path

from bench.case import cases
from bench.measure import measure
from bench.table import plain, write_page


def arguments(argv):
    parser = argparse.ArgumentParser(prog="python -m bench", description="Side-by-side measurements.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="cases, or patterns of them: 'gradbench_*' (all)")
    parser.add_argument("--json", metavar="FILE", help="write the rows there")
    parser.add_argument("--page", metavar="FILE", help="write the page of results there")
    parser.add_argument("--rows", metavar="FILE", nargs="*", default=[], help="rows of earlier runs, put first")
    parser.add_argument("--systems", help="only these, by first word: dsl,C,jax")
    parser.add_argument("--seconds", type=float, default=2.0, help="for each system of a case")
    parser.add_argument("--list", action="store_true", help="name the cases and stop")
    return parser.parse_args(argv)


def own_rows(case) -> tuple[list[dict], list[str]]:
    """The rows of a case that measures by itself; one that fails is a row too, so that the others still run."""
    try:
        return case.rows()
    except subprocess.CalledProcessError as error:
        reason = (error.stderr or str(error)).strip().splitlines()[-1]
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
    return [dict(case=case.name, system="dsl", seconds=None, error=None, note=f"failed: {reason}")], []


def main(argv=None) -> int:
    options, known = arguments(argv), cases()
    if options.list:
        print("\n".join(f"{c.name:26} {c.about}" for c in known.values()))
        return 0
    chosen = {name: fnmatch.filter(known, name) for name in options.names}
    if unknown := [name for name, found in chosen.items() if not found]:
        print(f"no case named {', '.join(sorted(unknown))}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    only = set(options.systems.split(",")) if options.systems else None
    rows: list[dict] = [row for path in options.rows for row in json.loads(Path(path).read_text())]
    for name in dict.fromkeys(sum(chosen.values(), [])) or ([] if options.rows else known):
        made, remarks = own_rows(known[name]) if known[name].rows else measure(known[name], options.seconds, only)
        print(plain(made), *remarks, sep="\n", end="\n\n", flush=True)
        rows += made
    if options.json:
        Path(options.json).write_text(json.dumps(rows, indent=1) + "\n")
    if options.page:
        write_page(rows, {c.name: c.about for c in known.values()}, Path(options.page))
    return 1 if any(r["note"].startswith(("WRONG", "failed")) for r in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
