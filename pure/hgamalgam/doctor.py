# SPDX-License-Identifier: GPL-2.0-or-later
"""`amalgam doctor`: who serves each module of the policy, and why not better.

It asks Mercurial's own policy for every module, with the hook in place as
`amalgam hg` and an enabled `hg` have it, and looks at what came.
"""

from __future__ import annotations

import json
import os
import sys
from typing import NamedTuple

from . import __version__, build_record, hook, hosts, plain_hg, switch
from .our_files import ROOT
from .policy import MERCURIAL, why_no_rust


class Finding(NamedTuple):
    """Who serves one module."""

    name: str
    provider: str | None  # "ours", "stock" or None
    flavour: str | None
    file: str | None
    version: int | str | None
    reason: str | None  # why not ours, or not the policy's first flavour


class Report(NamedTuple):
    """The whole of what doctor found out."""

    version: str  # ours
    policy: str
    mercurial: str | None
    rust: str | None  # why our Rust cannot serve that Mercurial; None if it can
    hook: str  # "enabled" or "disabled", in this environment
    hg: plain_hg.PlainHg  # the one that typing `hg` runs
    modules: list[Finding]
    # What of the repository stock Mercurial without Rust refuses; None of no one.
    repository: list[str] | None = None

    def healthy(self) -> bool:
        """Whether all of the policy is served by us, by its first flavours."""
        return bool(self.modules) and all(
            one.provider == "ours" and one.reason is None for one in self.modules
        )


def why_not(package: str, module: str, host: hosts.Host | None) -> str:
    """Why ours in `package`, the policy's first choice, does not serve `module`."""
    if host is None:
        return hosts.why_left_alone(hosts.installed_version() or "unknown")
    if package == host.rust and host.misfit is not None:
        return host.misfit
    if reason := build_record.why_not_built(package, module):
        return reason
    refusals = MERCURIAL.refusals.get(package if package == host.rust else module)
    if refusals:
        return "; ".join(build_record.explain(one.reason) for one in refusals)
    return build_record.why_absent(package, module)


def examine(package: str, module: str, host: hosts.Host | None) -> Finding:
    """Who serves `module`, which the policy would best take from `package`."""
    from mercurial import policy

    is_rust = package in hosts.RUST_MODULES
    name = f"{package}.{module}" if is_rust else module
    try:
        loaded = policy.importrust(module) if is_rust else policy.importmod(module)
    except ImportError as error:
        if host is None or (is_rust and host.misfit is not None):
            reason = why_not(package, module, host)
        # Of a member that is lacking, Mercurial's own message says no more.
        elif is_rust and f"mercurial.{host.rust}" in sys.modules:
            reason = build_record.why_absent(package, module)
        else:
            reason = str(error)
        return Finding(name, None, None, None, None, reason)
    package, module = MERCURIAL.resolve(package, module)
    if loaded is None:
        return Finding(name, None, None, None, None, why_not(package, module, host))
    # A submodule of Rust's is no file of its own.
    holder = sys.modules[f"mercurial.{package}"] if is_rust else loaded
    file = os.path.abspath(str(holder.__file__))
    ours = file.startswith(ROOT + os.sep)
    served = package if is_rust else os.path.basename(os.path.dirname(file))
    best = ours and served == package
    return Finding(
        name,
        "ours" if ours else "stock",
        build_record.FLAVOURS[served],
        file,
        getattr(loaded, "version", None),
        None if best else why_not(package, module, host),
    )


def examine_rust(host: hosts.Host | None) -> str | None:
    """Why we have no Rust that is all that `host` asks for; None if we have."""
    if host is None:
        return None  # as for all else
    try:
        return why_no_rust(host)
    except Exception as error:  # whatever is wrong with the file
        return str(error)


def examine_all() -> Report:
    """Put the hook in place and ask Mercurial for every module of the policy.

    ImportError if the policy's name is not a known one.
    """
    hook.install(switch.enabled_policy())
    hook.FINDER.tell = lambda why: None  # it is in the report
    version = hosts.installed_version()
    host = hook.FINDER.host()
    wanted: dict[str, str] = {}  # module: the package it best comes from
    for package in MERCURIAL.rule().flavours:
        for module in MERCURIAL.modules[package]:
            wanted.setdefault(module, package)
    findings = [examine(wanted[one], one, host) for one in wanted if version]
    return Report(
        __version__,
        MERCURIAL.value(),
        version,
        examine_rust(host),
        "enabled" if switch.is_enabled() else "disabled",
        plain_hg.examine(),
        findings,
    )


def as_json(report: Report) -> str:
    document = report._asdict()
    document["hg"] = report.hg._asdict()
    document["modules"] = [one._asdict() for one in report.modules]
    return json.dumps(document, indent=2)


def _refusal(formats: list[str]) -> str:
    if not formats:
        return "stock Mercurial without Rust opens it"
    return (
        f"stock Mercurial without Rust refuses its {', '.join(formats)} "
        "(`amalgam downgrade` takes that out)"
    )


def as_text(report: Report) -> str:
    note = {
        "enabled": "enabled: plain hg of this environment uses hg-amalgam",
        "disabled": "disabled: plain hg does not use hg-amalgam; `amalgam hg` does",
    }
    lines = [
        f"hg-amalgam: {report.version} ({ROOT})",
        f"policy:     {report.policy}",
        f"Mercurial:  {report.mercurial or 'not installed'}",
        f"hook:       {note[report.hook]}",
        f"hg:         {report.hg.sentence()}",
    ]
    if report.rust is not None:
        lines.insert(3, f"Rust:       none for it: {report.rust}")
    if report.repository is not None:
        lines.append(f"repository: {_refusal(report.repository)}")
    lines.append("")
    for one in report.modules:
        served = f"{one.provider} {one.flavour}" if one.provider else "nobody"
        version = "" if one.version is None else f"version {one.version}"
        lines.append(
            f"{one.name:20} {served:11} {version:10} {one.file or ''}".rstrip()
        )
        if one.reason is not None:
            lines.append(f"{'':20} because {one.reason}")
    lines.append("")
    lines.append(
        f"{report.policy} is fully served."
        if report.healthy()
        else f"{report.policy} is not fully served."
    )
    return "\n".join(lines)


def run(json_wanted: bool, repository: str | None = None) -> int:
    """Print the report; returns the exit status.

    repository: one whose formats are to be in the report
    """
    from . import formats

    try:
        report = examine_all()
        if repository is not None:
            report = report._replace(repository=formats.refused(repository))
    except (ImportError, formats.FormatProblem) as error:
        sys.stderr.write(f"amalgam: {error}\n")
        return 1
    print(as_json(report) if json_wanted else as_text(report))
    return 0 if report.healthy() else 1
