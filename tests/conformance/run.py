# SPDX-License-Identifier: GPL-2.0-or-later
"""Run Mercurial's own test suite, with stock `hg` on our modules.

A test that fails on ours is run again on stock Mercurial, in the same place.
Only a test that stock passes counts as failed. See docs/conformance.md.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import environment
import evidence
import hosts
import lists
import pins
from environment import BUILD
from environments import VARIANT, EnvironmentProblem
from suite import FAILED, PASSED, SKIPPED, Result, Suite


def baselines(policy: str, upstream: bool) -> tuple[tuple[str, str], ...]:
    """The environments and policies that say what a test should do.

    Mercurial's wheel has no cffi builds; there a test counts that passes on any
    of its own flavours, but not where the policy's name alone makes it fail. Nor
    has it Rust: its own is in `upstream`, where asked for.
    """
    if policy == "py":
        return (("stock", "py"),)
    if policy.startswith("cffi"):
        return (("stock", "c"), ("stock", "py"), ("stock", "cffi-allow"))
    if policy.startswith("rust") and upstream:
        return (("upstream", "rust+c"),)
    return (("stock", "c"),)


# Ours must have served one of these, or the run says nothing about us.
EXPECTED = {
    "c": ("mercurial.cext.",),
    "allow": ("mercurial.cext.",),
    "cffi": ("mercurial.cffi.",),
    "cffi-allow": ("mercurial.cffi.",),
    "py": ("mercurial.pure.",),
    "rust+c": evidence.RUST,
    "rust+c-allow": evidence.RUST,
}


@dataclass
class Verdict:
    """One test file's result on ours and, where ours failed, on stock."""

    result: Result
    baseline: list[Result] = field(default_factory=list)
    resumed: bool = False

    def only_ours(self) -> list[str]:
        """Cases that ours fails and stock passes or skips."""
        return [case for case in self.result.failing() if not self.on_both(case)]

    def on_both(self, case: str) -> bool:
        """Whether the failure says nothing about us: stock fails, too."""
        failing = {
            stock.policy
            for stock in self.baseline
            if stock.outcomes.get(case) == FAILED
        }
        everywhere = len(failing) == len(self.baseline) > 0
        # Mercurial itself says other things under this policy than under others.
        return everywhere or "cffi-allow" in failing


def progress(message: str) -> None:
    print("..", message, flush=True)


class Conformance:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.policy: str = options.policy
        self.place: Path = BUILD / "results" / (options.host + VARIANT)
        directory = None
        if options.suite == "evolve":
            self.place /= "evolve"
            directory = environment.unpack_evolve(progress)
        prefix, self.remark = environment.without_root_powers()
        self.suite = Suite(self.place, prefix, options.timeout, directory)

    def prepare(self) -> None:
        host = self.options.host
        if self.options.stock:
            names = ["stock"]
        else:
            names = ["ours", *dict(baselines(self.policy, self.options.upstream))]
        self.environments = {
            name: environment.make(host, name, progress) for name in names
        }
        self.ours = self.environments[names[0]]
        self.directory = self.suite.directory or self.ours.tests
        if self.remark:
            progress(self.remark)

    def tests(self) -> list[str]:
        evolve = self.options.suite == "evolve"
        if self.options.all or (evolve and not self.options.tests):
            names = self.directory.glob("test-*")
            return sorted(n.name for n in names if n.suffix in {".t", ".py"})
        chosen = self.options.tests or pins.DEFAULT_TESTS[self.options.host]
        found = [t for name in chosen for t in lists.named(name, self.directory)]
        return list(dict.fromkeys(found))

    def _file(self, provider: str, policy: str, test: str) -> Path:
        return self.place / f"{provider}-{policy}" / (test + ".json")

    def _baseline(self, test: str) -> list[Result]:
        """Stock's results for `test`; stock does not change, so they keep."""
        results = []
        for name, policy in baselines(self.policy, self.options.upstream):
            stock = self.environments[name]
            file = self._file(name, policy, test)
            result = Result.load(file)
            if (
                not self.options.resume
                or result is None
                or result.digest != stock.digest
            ):
                result = self.suite.run(stock, test, policy)
                result.save(file)
            results.append(result)
        return results

    def judge(self, test: str) -> Verdict:
        file = self._file(self.ours.name, self.policy, test)
        result = Result.load(file) if self.options.resume else None
        # A failure is worth another try once the sources have changed.
        if result is not None and (
            not result.failing() or result.digest == self.ours.digest
        ):
            verdict = Verdict(result, resumed=True)
        else:
            verdict = Verdict(self._run(test))
            verdict.result.save(file)
        if verdict.result.failing() and not self.options.stock:
            verdict.baseline = self._baseline(test)
        self._show(verdict)
        return verdict

    def _run(self, test: str) -> Result:
        result = self.suite.run(self.ours, test, self.policy)
        if self.policy != "py" or self.options.stock or not result.failing():
            return result
        # Our pure modules give what C gives, which is right too.
        second = self.suite.run(self.ours, test, self.policy, as_with_c=True)
        return result if second.failing() else second

    def _show(self, verdict: Verdict) -> None:
        result = verdict.result
        counts = Counter(result.outcomes.values())
        words = [f"{number} {outcome}" for outcome, number in sorted(counts.items())]
        if result.failing() and verdict.baseline:
            ours = len(verdict.only_ours())
            words.append(f"{ours} of them passed by stock" if ours else "stock too")
        if result.as_with_c:
            words.append("with the lines of a Mercurial with C")
        if verdict.resumed:
            words.append("from an earlier run")
        print(f"{result.test}: {', '.join(words)} ({result.seconds} s)", flush=True)

    def run(self) -> int:
        self.prepare()
        tests = self.tests()
        missing = [t for t in tests if not (self.directory / t).exists()]
        if missing:
            raise EnvironmentProblem("no such test: " + ", ".join(missing))
        print(
            f".. {len(tests)} test files of {self.options.suite}, "
            f"{self.ours.name} on Mercurial {self.options.host} under {self.policy}, "
            f"{self.options.jobs} at a time",
            flush=True,
        )
        begin = time.monotonic()
        with ThreadPoolExecutor(self.options.jobs) as pool:
            verdicts = list(pool.map(self.judge, tests))
        served = self._evidence(verdicts)
        return report(verdicts, served, time.monotonic() - begin)

    def _evidence(self, verdicts: list[Verdict]) -> bool:
        """Print what the tests' processes ran on; False if it was not ours."""
        policies: Counter[str] = Counter()
        modules: Counter[tuple[str, str]] = Counter()
        for verdict in verdicts:
            result = verdict.result
            label = f"{result.provider}-{result.policy}"
            label += "-as-with-c" * result.as_with_c
            seen = evidence.read(self.place / label / result.test / "evidence")
            policies += seen[0]
            modules += seen[1]
        print("\nprocesses that loaded Mercurial, by policy:")
        for policy, number in policies.most_common():
            print(f"  {number:6} {policy}")
        print("modules they used:")
        for (name, provider), number in sorted(modules.items()):
            if name.count(".") <= 2:
                print(f"  {number:6} {provider:5} {name}")
        if self.options.stock:
            return True
        expected = EXPECTED[self.policy]
        return policies[self.policy] > 0 and any(
            name.startswith(expected) and provider == "ours"
            for name, provider in modules
        )


def report(verdicts: list[Verdict], served: bool, seconds: float) -> int:
    """Print the lists and the totals; return the exit status."""
    counts: Counter[str] = Counter()
    skipped: list[str] = []
    both: list[str] = []
    only: list[str] = []
    for verdict in verdicts:
        result = verdict.result
        for case, outcome in sorted(result.outcomes.items()):
            reason = result.reasons.get(case, "")
            if outcome == SKIPPED:
                skipped.append(f"{case}: {reason}")
            elif outcome == FAILED:
                (both if verdict.on_both(case) else only).append(f"{case}: {reason}")
            counts[outcome] += 1
    lists = (
        ("skipped", skipped),
        ("failed on ours and on stock", both),
        ("failed only on ours", only),
    )
    for title, lines in lists:
        if lines:
            print(f"\n{title}:")
            for line in lines:
                print("  " + line)
    failed = len(only)
    if not served:
        print("\nfailed: no process of these tests used a module of ours")
        failed += 1
    print(f"\n{len(both)} failed on ours and on stock, {seconds:.0f} s")
    print(f"{counts[PASSED]} passed, {failed} failed, {counts[SKIPPED]} skipped")
    return 1 if failed else 0


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "tests", nargs="*", help="names in Mercurial's tests/, or of lists.py"
    )
    parser.add_argument("--all", action="store_true", help="the whole suite")
    parser.add_argument(
        "--suite",
        choices=["mercurial", "evolve"],
        default="mercurial",
        help="whose tests; of hg-evolve's the default is all",
    )
    parser.add_argument(
        "--policy",
        choices=sorted(EXPECTED),
        help="HGMODULEPOLICY of the tests (default: the environment's, else the "
        "one for the best of the flavours that can be before the host)",
    )
    parser.add_argument(
        "--host", default=hosts.MAIN.version, choices=sorted(pins.HOSTS)
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--timeout", type=int, default=1800, metavar="SECONDS")
    parser.add_argument(
        "--resume", action="store_true", help="keep the results there are"
    )
    parser.add_argument(
        "--stock", action="store_true", help="run stock Mercurial alone"
    )
    parser.add_argument(
        "--upstream",
        action="store_true",
        help="under a Rust policy, compare with Mercurial's own Rust build",
    )
    options = parser.parse_args(arguments)
    if options.policy is None:
        best = {host.version: host.policy for host in hosts.HOSTS}
        named = os.environ.get("HGMODULEPOLICY")
        options.policy = named or best.get(options.host, "c")
    if options.policy not in EXPECTED:
        parser.error(f"unknown policy {options.policy}")
    return options


def main() -> int:
    # A shell's background job ignores it, and so would the tests' processes.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return Conformance(parse()).run()
    except EnvironmentProblem as problem:
        print(problem, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
