# SPDX-License-Identifier: GPL-2.0-or-later
"""`hg status` of stock Mercurial under c and of ours under rust+c-allow.

All in one run, alternating, on the same files; the outputs must be equal. With
--peer, the path of a Mercurial with its own Rust extensions, that runs too.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))
import comparison
import environments
import sample_repository
from comparison import Contender
from environments import BUILD, EnvironmentProblem
from sample_repository import Hg

VENV = BUILD / "bench-venv"
BEGIN = time.monotonic()

# What a run on 100,000 files has to reach against stock under c.
REQUIRED = {"ours v1": 1.9, "ours v2": 2.4}


def progress(message: str) -> None:
    print(f"[{time.monotonic() - BEGIN:6.1f} s] {message}", file=sys.stderr, flush=True)


def bench(files: int, rounds: int, peer: Path | None) -> int:
    environments.prepare(VENV, progress=progress)
    stock = Hg((str(VENV / "bin" / "hg"),), "c")
    rust = Hg((str(VENV / "bin" / "amalgam"), "hg"), "rust+c-allow")
    one = sample_repository.make(BUILD / f"bench-{files}", files, stock, progress)
    two = sample_repository.upgraded_copy(
        one, BUILD / f"bench-{files}-v2", rust, progress
    )
    contenders = [
        Contender("stock c, dirstate-v1", stock, one, reference=True),
        Contender("ours rust+c-allow, dirstate-v1", rust, one),
        Contender("ours rust+c-allow, dirstate-v2", rust, two),
    ]
    if peer is not None:
        other = Hg((str(peer),), "rust+c")
        contenders.append(Contender("peer rust+c, dirstate-v1", other, one))
        contenders.append(Contender("peer rust+c, dirstate-v2", other, two))
    comparison.measure(contenders, rounds, progress)
    equal = comparison.show(contenders, files)
    print()
    reached = True
    for contender, (name, required) in zip(contenders[1:], REQUIRED.items()):
        ratio = contenders[0].median() / contender.median()
        reached = reached and ratio >= required
        print(
            f"{name}: {ratio:.2f} times as fast as stock c, "
            f"{'at least' if ratio >= required else 'SHORT OF'} {required}"
        )
    return 0 if equal and (reached or files < 100000) else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100000, help="tracked files")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--peer", type=Path, help="hg of another Rust build")
    options = parser.parse_args()
    try:
        return bench(options.files, options.rounds, options.peer)
    except EnvironmentProblem as problem:
        print(problem, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
