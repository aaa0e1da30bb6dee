# SPDX-License-Identifier: GPL-2.0-or-later
"""`make matrix`: what each Debian's Python gets from a wheel, before each Mercurial.

For each suite a new root with Python and nothing that compiles. In it, for each
Mercurial that has a wheel for that Python: the wheel of `make wheels` is installed,
`amalgam doctor` asked, and the contract tests and a short list of Mercurial's own are
run. Ends with a table. Needs root and debootstrap.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import environments
import fresh
import hosts
from environments import ROOT, EnvironmentProblem

sys.path.append(str(ROOT / "tests" / "conformance"))
import environment
import pins

# Suites, and the Pythons that each has.
SUITES = {
    "bullseye": ("python3.9",),
    "bookworm": ("python3.11",),
    "trixie": ("python3.13",),
    "forky": ("python3.14", "python3.15"),
}
# What a root needs to run tests that do not compile.
PACKAGES = ("ca-certificates", "make", "python3", "python3-venv", "unzip", "util-linux")
CONFORMANCE = ("test-status.t", "test-commit.t", "test-bundle.t", "test-bdiff.py")
# In the clone, with $1 the Python, $2 the Mercurial, $3 the wheel, $4 the tests.
SCRIPT = """
set -eu
python=$1 mercurial=$2 wheel=$3 tests=$4
venv=/srv/venv-$mercurial
$python -m venv $venv
$venv/bin/pip download -q --no-deps --only-binary :all: -d /srv/wheels \\
    "mercurial==$mercurial" || { echo "RESULT no wheel of Mercurial"; exit 0; }
begin=$(date +%s%N)
$venv/bin/pip install -q --find-links /srv/wheels "mercurial==$mercurial" "$wheel"
echo "RESULT install $(( ($(date +%s%N) - begin) / 1000000 ))"
$venv/bin/amalgam doctor --json > /srv/doctor.json || true
echo "RESULT doctor $(tr -d '\\n' < /srv/doctor.json)"
export HGAMALGAM_WHEEL=$wheel
$python tools/environments.py venv build/venv-$mercurial --mercurial $mercurial \\
    --requirements requirements-dev.txt
build/venv-$mercurial/bin/python -m pytest -q tests/modules > /srv/pytest.log 2>&1 ||
    cat /srv/pytest.log
echo "RESULT contract $(tail -1 /srv/pytest.log)"
$python tests/conformance/run.py --host $mercurial $tests > /srv/conformance.log 2>&1 ||
    cat /srv/conformance.log
echo "RESULT conformance $(tail -1 /srv/conformance.log)"
"""
RESULT = re.compile(r"(?m)^RESULT (\w+) (.*)$")


class Row(NamedTuple):
    """What one Mercurial got on one Python: columns of the table."""

    suite: str
    python: str
    mercurial: str
    install: str = "-"
    policy: str = "-"
    served: str = "-"
    contract: str = "-"
    conformance: str = "-"


def wheel_for(python: str, directory: Path) -> Path | None:
    """The wheel of `make wheels` for a Python such as "python3.13"."""
    tag = "cp" + python[len("python") :].replace(".", "")
    found = sorted(directory.glob(f"hg_amalgam-*-{tag}-*manylinux*.whl"))
    return found[-1] if found else None


def served_by(report: dict[str, object]) -> str:
    """How many of the policy's modules each provider serves, as `ours rust 13`."""
    counts: dict[str, int] = {}
    modules = report["modules"]
    assert isinstance(modules, list)
    for one in modules:
        name = f"{one['provider']} {one['flavour']}" if one["provider"] else "nobody"
        counts[name] = counts.get(name, 0) + 1
    return ", ".join(f"{name} {number}" for name, number in counts.items())


def examine(
    root: Path, suite: str, python: str, mercurial: str, wheel: Path
) -> tuple[Row, str]:
    """Install and test in the root; the row, and what was printed."""
    there = f"/srv/{wheel.name}"
    tests = " ".join(CONFORMANCE)
    log = fresh.log_of(f"matrix-{suite}-{python}-{mercurial}")
    log.parent.mkdir(parents=True, exist_ok=True)
    command = f"cd {fresh.CLONE}\n{SCRIPT}"
    with open(log, "wb") as output:
        fresh.inside(
            root, ["sh", "-c", command, "sh", python, mercurial, there, tests], output
        )
    text = log.read_text(errors="replace")
    found = dict(RESULT.findall(text))
    row = Row(suite, python, mercurial)
    if "no" in found:
        return row._replace(served=f"no {found['no']}"), text
    if "install" in found:
        row = row._replace(install=f"{int(found['install']) / 1000:.1f} s")
    if "doctor" in found:
        report = json.loads(found["doctor"])
        row = row._replace(policy=report["policy"], served=served_by(report))
    return row._replace(
        contract=found.get("contract", "not reached").strip("= "),
        conformance=found.get("conformance", "not reached"),
    ), text


def copy_sources(mercurial: str, clone: Path) -> None:
    """Put Mercurial's source distribution where the clone would download it to.

    pip runs its setup.py to learn its name, which wants a compiler.
    """
    file = f"mercurial-{mercurial}.tar.gz"
    archive = environment.fetch_sdist(
        f"mercurial=={mercurial}", file, pins.HOSTS[mercurial], print
    )
    place = clone / archive.parent.relative_to(ROOT)
    place.mkdir(parents=True, exist_ok=True)
    (place / file).write_bytes(archive.read_bytes())


def matrix(suites: list[str], directory: Path) -> list[Row]:
    rows = []
    for suite in suites:
        pythons = SUITES[suite]
        names = [name for one in pythons for name in (one, f"{one}-venv")]
        root = fresh.install(suite, [*PACKAGES, *names])
        clone = ["git", "clone", "-q", "--no-hardlinks", str(ROOT)]
        environments.run([*clone, str(root) + fresh.CLONE], fresh.log_of(suite))
        for mercurial in hosts.MERCURIALS:
            copy_sources(mercurial, Path(str(root) + fresh.CLONE))
        for python in pythons:
            wheel = wheel_for(python, directory)
            if wheel is None:
                rows.append(Row(suite, python, "-", served="no wheel of ours"))
                continue
            (root / "srv" / wheel.name).write_bytes(wheel.read_bytes())
            for mercurial in hosts.MERCURIALS:
                print(f".. {suite}, {python}, Mercurial {mercurial}", flush=True)
                row, text = examine(root, suite, python, mercurial, wheel)
                rows.append(row)
                if "not reached" in row:
                    print("\n".join(text.splitlines()[-25:]))
    return rows


def show(rows: list[Row]) -> None:
    """Print the table as docs/conformance.md has it."""
    titles = [field.replace("_", " ") for field in Row._fields]
    print("\n| " + " | ".join(titles) + " |")
    print("|" + "---|" * len(titles))
    for row in rows:
        print("| " + " | ".join(row) + " |")


def is_fine(row: Row) -> bool:
    """Whether nothing failed there; a Python without a wheel is no failure."""
    columns = (row.contract, row.conformance)
    if columns == ("-", "-"):
        return True
    failed = re.compile(r"[1-9]\d* (failed|error)")
    return "not reached" not in columns and not any(map(failed.search, columns))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wheels", type=Path, default=ROOT / "dist")
    parser.add_argument("suite", nargs="*", help="instead of all of them")
    options = parser.parse_args()
    if set(options.suite) - set(SUITES):
        parser.error(f"suites are {', '.join(SUITES)}")
    if os.geteuid():
        parser.error("make matrix needs root")
    try:
        rows = matrix(options.suite or list(SUITES), options.wheels)
    except (EnvironmentProblem, subprocess.CalledProcessError) as problem:
        print(problem, file=sys.stderr)
        return 1
    show(rows)
    return 0 if all(map(is_fine, rows)) else 1


if __name__ == "__main__":
    sys.exit(main())
