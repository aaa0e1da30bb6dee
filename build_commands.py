# SPDX-License-Identifier: GPL-2.0-or-later
"""setuptools' build commands, under which a native flavour may fail to build."""

from __future__ import annotations

import json
import os
import shutil

import setuptools_rust
from build_flavours import DEVELOPING, LEFT_OUT, STRICT
from setuptools.command.build import build
from setuptools.command.build_ext import build_ext


class BuildC(build_ext):
    """Builds C extension modules, those of cffi among them."""

    def build_extension(self, ext):
        if not DEVELOPING:
            # Python's own CFLAGS ask for debug information, as large as the code.
            ext.extra_link_args = [*ext.extra_link_args, "-Wl,-S"]
        try:
            super().build_extension(ext)
        except Exception as error:
            if STRICT:
                raise
            LEFT_OUT[ext.name] = str(error)


class BuildRust(setuptools_rust.build_rust):
    """Builds Rust extension modules."""

    def run_for_extension(self, extension):
        try:
            super().run_for_extension(extension)
        except Exception as error:
            if STRICT:
                raise
            LEFT_OUT[extension.name] = str(error)


class Build(build):
    """The whole build: also the C header, and a record of what was left out."""

    def run(self):
        # What an earlier build with other flavours left must not be packed.
        shutil.rmtree(os.path.join(self.build_lib, "hgamalgam"), ignore_errors=True)
        super().run()
        package = os.path.join(self.build_lib, "hgamalgam")
        # What hgamalgam.get_include() names.
        shutil.copytree("c_ext/include", os.path.join(package, "include"))
        with open(os.path.join(package, "_build_info.json"), "w") as file:
            json.dump({"left_out": LEFT_OUT}, file, indent=1)


COMMANDS = {"build": Build, "build_ext": BuildC, "build_rust": BuildRust}
