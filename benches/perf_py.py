# SPDX-License-Identifier: GPL-2.0-or-later
"""Mercurial's own contrib/perf.py, on our modules and on upstream's Rust build.

    python benches/perf_py.py [--files N] [--revisions N] [COMMAND...]

Both run the same commands on the same repository, in turn; the best wall time of
each counts. See upstream.py on the peer.
"""

from __future__ import annotations

import argparse
import math
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))
import environments
import sample_repository
import upstream
from environments import BUILD, EnvironmentProblem
from sample_repository import Hg

VENV = BUILD / "bench-venv"
BEGIN = time.monotonic()
WALL = re.compile(rb'(?:^! wall |"wall": )([0-9.e-]+)', re.MULTILINE)
HALF = "0.5"

# `{peer}` is a clone that lacks the last third; `{old}` a revision a third down.
COMMANDS: dict[str, tuple[str, ...]] = {
    # Its result is a number, which perf.py cannot print as text.
    "perf::status": ("-T", "json"),
    "perf::dirstate": (),
    "perf::index": ("--rev", "tip"),
    "perf::nodemap": ("--rev", "tip"),
    "perf::ancestors": (),
    "perf::ancestorset": ("all()",),
    "perf::heads": (),
    "perf::discovery": ("{peer}",),
    "perf::pathcopies": ("{old}", "tip"),
    "perf::manifest": ("tip",),
    "perf::revlogrevision": ("-m", "0"),
}


def progress(message: str) -> None:
    print(f"[{time.monotonic() - BEGIN:6.1f} s] {message}", file=sys.stderr, flush=True)


def history(revisions: int) -> str:
    """A line with bubbles of 18 revisions, for `hg debugbuilddag`."""
    segments = max(1, revisions // 50)
    return "".join(f"+31:a{i}+10:b{i}<a{i}+8/b{i}" for i in range(segments))


def repository(
    place: Path, files: int, revisions: int, stock: Hg, rust: Hg
) -> tuple[Path, Path]:
    """A repository with files and history, and a clone that lacks some of it."""
    clone = place.with_name(place.name + "-clone")
    done = place / ".hg" / "history-is-complete"
    if not done.exists():
        sample_repository.make(place, files, stock, progress)
        progress(f"adding {revisions} revisions")
        dag = history(revisions)
        rust.run(place, "debugbuilddag", "--quiet", "--from-existing", dag)
        lacking = str(revisions - revisions // 3)
        rust.run(
            place, "clone", "--quiet", "-U", "--pull", "-r", lacking, ".", str(clone)
        )
        rust.run(
            place,
            *("--config", "format.use-persistent-nodemap=yes"),
            *("debugupgraderepo", "--run", "--no-backup", "--quiet"),
        )
        time.sleep(2)
        rust.run(place, "status")
        done.touch()
    return place, clone


def wall(hg: Hg, repository: Path, perf: Path, command: Sequence[str]) -> float:
    """The wall time in seconds that perf.py tells, the best of some runs."""
    settings = ["--config", f"extensions.perf={perf}"]
    settings += ["--config", "perf.presleep=0", "--config", f"perf.run-limits={HALF}-5"]
    # perf.py writes to standard error.
    done = subprocess.run(
        [*hg.command, *settings, *command],
        cwd=repository,
        env=hg.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    found = WALL.search(done.stdout)
    # perf::revlogrevision tells of the whole first, and may abort at a part:
    # it takes the chunks of an inline revlog from the wrong place.
    if found is None:
        output = done.stdout.decode(errors="replace")
        raise EnvironmentProblem(f"{command[0]} of {hg.command[0]}:\n{output}")
    return float(found[1])


def compare(
    both: Sequence[Hg], place: Path, clone: Path, perf: Path, names: Sequence[str]
) -> None:
    old = both[0].run(place, "log", "-r", "tip", "-T", "{rev}").decode()
    words = {"peer": str(clone), "old": str(int(old) * 2 // 3)}
    print(f"{'':24} {'ours':>12} {'upstream':>12}  times as fast")
    ratios = []
    for name in names:
        command = [name, *(word.format(**words) for word in COMMANDS[name])]
        best = [math.inf, math.inf]
        for _ in range(3):
            for i, hg in enumerate(both):
                best[i] = min(best[i], wall(hg, place, perf, command))
        ours, theirs = best
        # perf.py tells microseconds; less than one is told as none.
        ratio = max(theirs, 1e-6) / max(ours, 1e-6)
        ratios.append(ratio)
        print(
            f"{name:24} {ours * 1e3:9.3f} ms {theirs * 1e3:9.3f} ms {ratio:14.2f}",
            flush=True,
        )
    mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
    print(f"{'geometric mean':52} {mean:13.2f}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000, help="tracked files")
    parser.add_argument("--revisions", type=int, default=5000)
    parser.add_argument("commands", nargs="*", metavar="COMMAND")
    options = parser.parse_args()
    try:
        environments.prepare(VENV, progress=progress)
        peer = upstream.peer_python(progress)
        perf = upstream.contrib(progress) / "perf.py"
        stock = Hg((str(VENV / "bin" / "hg"),), "c")
        ours = Hg((str(VENV / "bin" / "amalgam"), "hg"), "rust+c-allow")
        theirs = Hg((str(peer), str(peer.with_name("hg"))), "rust+c")
        name = f"perf-{options.files}-{options.revisions}"
        place, clone = repository(
            BUILD / name, options.files, options.revisions, stock, ours
        )
        compare([ours, theirs], place, clone, perf, options.commands or [*COMMANDS])
    except EnvironmentProblem as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
