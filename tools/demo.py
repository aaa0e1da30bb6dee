# SPDX-License-Identifier: GPL-2.0-or-later
"""`make demo`: the same `hg status` on stock Mercurial and on our modules.

Makes build/demo-venv with stock Mercurial and this checkout, a repository,
runs `hg status` on it in turn under each policy, checks that the answers are
equal, and prints the times.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import comparison
import environments
import sample_repository
from comparison import Contender
from environments import BUILD, EnvironmentProblem
from hosts import MAIN
from sample_repository import Hg

VENV = BUILD / "demo-venv"
BEGIN = time.monotonic()


class Progress:
    """A line a step; on a terminal, its seconds go on counting."""

    def __init__(self) -> None:
        self._message = ""
        self._terminal = sys.stdout.isatty()
        if self._terminal:
            threading.Thread(target=self._tick, daemon=True).start()

    def __call__(self, message: str) -> None:
        self.finish()
        self._message = message
        if not self._terminal:
            print(self._line(message), flush=True)

    def finish(self) -> None:
        """Leave the last step's line as it is."""
        message, self._message = self._message, ""
        if message and self._terminal:
            print("\r" + self._line(message), flush=True)

    @staticmethod
    def _line(message: str) -> str:
        return f"[{time.monotonic() - BEGIN:6.1f} s] {message}"

    def _tick(self) -> None:
        while True:
            message = self._message
            if message:
                print("\r" + self._line(message), end="", flush=True)
            time.sleep(0.2)


def is_served(amalgam: Path, policy: str, name: str) -> None:
    """Raise with the doctor's words unless the module `name` is ours."""
    hg = Hg((str(amalgam),), policy)
    done = subprocess.run(
        [*hg.command, "doctor", "--json"],
        env=hg.environment(),
        capture_output=True,
    )
    try:
        modules = json.loads(done.stdout)["modules"]
    except (ValueError, KeyError):
        raise EnvironmentProblem(
            "amalgam doctor gave no answer:\n" + done.stderr.decode(errors="replace")
        ) from None
    for module in modules:
        if module["name"] == name:
            if module["provider"] == "ours" and module["reason"] is None:
                return
            raise EnvironmentProblem(
                f"{name} of policy {policy} was not built: {module['reason']}\n"
                f"See {BUILD / 'logs' / 'wheel.log'}; README.md names what is needed."
            )
    raise EnvironmentProblem(f"amalgam doctor does not know {name}")


def repositories(
    files: int, stock: Hg, rust: Hg | None, progress: Progress
) -> tuple[Path, Path | None]:
    """The same files with a dirstate-v1, and with a v2 where Rust can write it."""
    one = sample_repository.make(BUILD / f"demo-{files}", files, stock, progress)
    if rust is None:
        return one, None
    place = BUILD / f"demo-{files}-v2"
    return one, sample_repository.upgraded_copy(one, place, rust, progress)


def demo(files: int, rounds: int) -> int:
    progress = Progress()
    environments.prepare(VENV, progress=progress)
    amalgam = VENV / "bin" / "amalgam"
    plain = str(VENV / "bin" / "hg")
    stock = Hg((plain,), "c")
    rust = None
    if MAIN.policy == "rust+c":
        rust = Hg((str(amalgam), "hg"), "rust+c-allow")
        is_served(amalgam, "rust+c-allow", f"{MAIN.rust}.dirstate")
    one, two = repositories(files, stock, rust, progress)
    contenders = [
        Contender("py            stock, dirstate-v1", Hg((plain,), "py"), one),
        Contender("c             stock, dirstate-v1", stock, one, reference=True),
    ]
    if rust is not None and two is not None:
        contenders += [
            Contender("rust+c-allow  ours,  dirstate-v1", rust, one),
            Contender("rust+c-allow  ours,  dirstate-v2", rust, two),
        ]
    else:
        for policy in MAIN.policies:
            is_served(amalgam, policy, "parsers")
            ours = Hg((str(amalgam), "hg"), policy)
            contenders.append(Contender(f"{policy:12}  ours,  dirstate-v1", ours, one))
    comparison.measure(contenders, rounds, progress)
    progress.finish()
    if not comparison.show(contenders, files):
        return 1
    print(f"\nMercurial {MAIN.version}, Python {sys.version.split()[0]}")
    if MAIN.why_no_rust:
        print(f"No Rust here: {MAIN.why_no_rust}.")
    here = Path.cwd()
    venv = VENV.relative_to(here) if here in VENV.parents else VENV
    repository = one.relative_to(here) if here in one.parents else one
    print(
        f"""
What to type next:
  {venv}/bin/amalgam doctor                     which module comes from where
  {venv}/bin/amalgam hg -R {repository} status  Mercurial on these modules
  {venv}/bin/amalgam enable                     plain hg of that environment, too"""
    )
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20000, help="tracked files")
    parser.add_argument("--rounds", type=int, default=5, help="rounds to time")
    options = parser.parse_args()
    if options.files < 10 or options.rounds < 1:
        parser.error("at least 10 files and 1 round, please")
    try:
        return demo(options.files, options.rounds)
    except EnvironmentProblem as problem:
        print(problem, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
