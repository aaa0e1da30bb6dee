# SPDX-License-Identifier: GPL-2.0-or-later
"""Virtual environments with what is installed where the tests run."""

from __future__ import annotations

import contextlib
import os
import pty
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import hgamalgam

PACKAGE = Path(hgamalgam.__file__).parent
SCRIPTS = Path(sys.executable).parent
_SHARED = ("mercurial", "hgdemandimport", "hgext", "hgext3rd", "_cffi_backend")


class Environment:
    """A virtual environment of its own, so that switching it hurts nobody.

    It shares Mercurial with the one the tests run in, by links. Our package is
    linked too, or copied so that a test can spoil it.
    """

    def __init__(self, root: Path, copied: bool = False) -> None:
        venv.create(root, with_pip=False, symlinks=True)
        self.root = root
        version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        self.site = root / "lib" / version / "site-packages"
        self.package = self.site / "hgamalgam"
        # Of site.getsitepackages() not all exist: Debian names its own besides.
        for directory in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
            self.link_mercurial(Path(directory))
        if copied:
            shutil.copytree(PACKAGE, self.package)
        else:
            self.package.symlink_to(PACKAGE)
        for name in ("hg", "amalgam", "amalgam-hg"):
            text = (SCRIPTS / name).read_text()
            _, _, rest = text.partition("\n")
            script = root / "bin" / name
            script.write_text(f"#!{root}/bin/python\n{rest}")
            script.chmod(0o755)

    def link_mercurial(self, directory: Path) -> None:
        """Link what it needs to run Mercurial from a directory of packages."""
        for name in os.listdir(directory):
            if name.split(".")[0] in _SHARED and not (self.site / name).is_symlink():
                (self.site / name).symlink_to(directory / name)

    def unlink_mercurial(self) -> None:
        """Take Mercurial away, but not its script."""
        for path in self.site.iterdir():
            if path.name.startswith(("mercurial", "hgdemandimport", "hgext")):
                path.unlink()

    def without_ours(self) -> None:
        """Take every module of Mercurial's out of the (copied) package."""
        for pattern in ("*rustext*", "_build_info.json"):
            for path in self.package.glob(pattern):
                path.unlink()
        for flavour in ("cext", "cffi", "pure"):
            shutil.rmtree(self.package / flavour, ignore_errors=True)
            (self.package / flavour).mkdir()
            (self.package / flavour / "__init__.py").touch()

    def write(self, name: str, text: str) -> None:
        """Put a file into the (copied) package."""
        (self.package / name).write_text(text)

    def run(self, *command: str, policy: str = "", terminal: bool = False, **options):
        """Run a program of the environment; the finished process, output as text.

        With `terminal` its standard error is one.
        """
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("HG", "PYTHON"))
        }
        environment["HGRCPATH"] = ""
        environment["HGUSER"] = "test"
        environment["HGMODULEPOLICY"] = policy
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        environment["PATH"] = f"{self.root / 'bin'}:{environment['PATH']}"
        environment.update(options.pop("env", {}))
        options.setdefault("cwd", self.root)
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        words = [str(self.root / "bin" / command[0]), *command[1:]]
        if not terminal:
            return subprocess.run(
                words, env=environment, text=True, timeout=120, **options
            )
        ours, theirs = pty.openpty()
        options["stderr"] = theirs
        try:
            done = subprocess.run(
                words, env=environment, text=True, timeout=120, **options
            )
        finally:
            os.close(theirs)
        with os.fdopen(ours, "rb", buffering=0) as stream:
            shown = b""
            with contextlib.suppress(OSError):  # EIO: the other side is closed
                while more := stream.read(65536):
                    shown += more
        done.stderr = shown.decode().replace("\r\n", "\n")
        return done

    def python(self, code: str, **options) -> str:
        """What the program prints; it must succeed and print no error."""
        done = self.run("python", "-c", code, **options)
        assert done.returncode == 0 and done.stderr == "", done.stderr
        return done.stdout
