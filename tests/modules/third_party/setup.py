# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds the example; the header comes with the installed hg-amalgam."""

from __future__ import annotations

from setuptools import Extension, setup

import hgamalgam

setup(
    name="capsule-user",
    version="1.0",
    py_modules=[],
    ext_modules=[
        Extension(
            "capsule_user",
            ["capsule_user.c"],
            include_dirs=[hgamalgam.get_include()],
            extra_compile_args=["-std=c11", "-Wall", "-Wextra", "-Werror"],
        )
    ],
)
