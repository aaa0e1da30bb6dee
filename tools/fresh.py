# SPDX-License-Identifier: GPL-2.0-or-later
"""`make fresh`: a command in a clean clone on a machine that has nothing else.

Makes a root of the Debian suite with debootstrap, installs there what README.md
names for it and nothing more, clones this checkout's HEAD into it and runs the
command by chroot. Needs root and debootstrap. How this machine reaches package
registries (certificates, the configuration of apt, pip and cargo) is copied.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import environments
from environments import BUILD, ROOT, EnvironmentProblem

# How README.md calls the suites.
SYSTEMS = {"bookworm": "Debian 12", "trixie": "Debian 13"}
ROOTS = BUILD / "fresh"
CLONE = "/srv/hg-amalgam"

# What tells clients how this machine reaches a network, where it is there.
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
CONFIGURATION = ("/etc/resolv.conf", "/etc/hosts", "/etc/pip.conf", CERTIFICATES)
OF_THE_USER = (".config/pip/pip.conf", ".pip/pip.conf", ".cargo/config.toml")
VARIABLE = re.compile(
    r"(?i:(https?|ftp|all|no)_proxy)|SSL_CERT_FILE"
    r"|PIP_\w+|CARGO_(HTTP|NET|REGISTRY|REGISTRIES|SOURCE)_\w+"
)

# $1 is the root, the rest a command. The mounts are in a namespace of their own,
# and so are the processes: both end with the command, however that ends.
INSIDE = """
set -eu
root=$1
shift
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/dev/shm"
mkdir -p "$root.archives"
mount --bind "$root.archives" "$root/var/cache/apt/archives"
exec chroot "$root" "$@"
"""
UNSHARE = ("unshare", "--mount", "--pid", "--fork", "--kill-child")


def packages(system: str) -> list[str]:
    """What README.md tells a user of `system` to install."""
    text = (ROOT / "README.md").read_text()
    found: list[str] = []
    for names, systems in re.findall(r"(?m)^apt install (.*?) +# (.*)$", text):
        if system in systems.split(", "):
            found += names.split()
    if not found:
        raise EnvironmentProblem(f"README.md names no packages for {system}")
    return found


def log_of(suite: str) -> Path:
    return BUILD / "logs" / f"fresh-{suite}.log"


def bare_root(suite: str) -> Path:
    """What debootstrap makes, kept for the next time."""
    bare = ROOTS / f"{suite}.bare"
    if not bare.exists():
        temporary = ROOTS / f"{suite}.new"
        shutil.rmtree(temporary, ignore_errors=True)
        ROOTS.mkdir(parents=True, exist_ok=True)
        print(f".. debootstrap {suite}", flush=True)
        command = ["debootstrap", "--variant=minbase", suite, str(temporary)]
        environments.run(command, log_of(suite))
        temporary.rename(bare)
    return bare


def copy_configuration(root: Path) -> None:
    """How this machine reaches package registries, into the root."""
    home = Path.home()
    pairs = [(Path(name), root / name[1:]) for name in CONFIGURATION]
    pairs += [(home / name, root / "root" / name) for name in OF_THE_USER]
    for source, target in pairs:
        if source.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    apt = subprocess.run(
        ["apt-config", "dump", "Acquire"], stdout=subprocess.PIPE, check=True
    )
    (root / "etc/apt/apt.conf.d/99machine").write_bytes(apt.stdout)


def variables(root: Path) -> dict[str, str]:
    """A new user's environment, and what the network's clients are told by it."""
    environment = {
        "HOME": "/root",
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LANG": "C.UTF-8",
        "TERM": os.environ.get("TERM", "dumb"),
        "DEBIAN_FRONTEND": "noninteractive",
    }
    for name, value in os.environ.items():
        there = not value.startswith("/") or (root / value[1:]).exists()
        if VARIABLE.fullmatch(name) and there:
            environment[name] = value
    return environment


def inside(root: Path, command: Sequence[str], output: IO[bytes] | None = None) -> int:
    """Run a command in the root; its exit status."""
    return subprocess.run(
        [*UNSHARE, "sh", "-c", INSIDE, "sh", str(root), *command],
        env=variables(root),
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
    ).returncode


def install(suite: str, names: list[str]) -> Path:
    """A root of the suite with these packages, and what they pull in."""
    bare = bare_root(suite)
    root = ROOTS / suite
    shutil.rmtree(root, ignore_errors=True)
    log = log_of(suite)
    environments.run(["cp", "-a", "--reflink=auto", str(bare), str(root)], log)
    copy_configuration(root)
    print(f".. installing {' '.join(names)}", flush=True)
    for command in (["apt-get", "update"], ["apt-get", "install", "-y", *names]):
        with open(log, "ab") as output:
            if status := inside(root, command, output):
                raise EnvironmentProblem(
                    f"{command[1]} failed with status {status}: see {log}"
                )
    # Installing certificates made the bundle anew.
    copy_configuration(root)
    return root


def fresh(suite: str, command: str) -> int:
    """Run the shell command in a new root; its exit status."""
    needed = packages(SYSTEMS[suite])
    if os.geteuid() or not shutil.which("debootstrap"):
        raise EnvironmentProblem("make fresh needs root, and debootstrap")
    root = install(suite, needed)
    clone = ["git", "clone", "-q", "--no-hardlinks", str(ROOT), str(root) + CLONE]
    environments.run(clone, log_of(suite))
    changed = subprocess.run(
        ["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True
    ).stdout
    if changed:
        print(f"!! not in the clone, for they are not committed:\n{changed}")
    head = subprocess.run(
        ["git", "log", "-1", "--format=%h %s"],
        cwd=ROOT, capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip
    print(f".. {SYSTEMS[suite]}, in a clone of {head}: {command}", flush=True)
    begin = time.monotonic()
    status = inside(root, ["sh", "-c", f"cd {CLONE} && {command}"])
    seconds = time.monotonic() - begin
    print(f".. {suite}: `{command}` ended with status {status} after {seconds:.0f} s")
    return status


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suite", choices=sorted(SYSTEMS))
    parser.add_argument("command", help="of a shell, in the clone")
    options = parser.parse_args()
    try:
        return fresh(options.suite, options.command)
    except EnvironmentProblem as problem:
        print(problem, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
