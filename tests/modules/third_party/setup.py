# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds the example beside a copy of hgamalgam_capi.h, which is all it needs."""

from __future__ import annotations

from setuptools import Extension, setup

setup(
    name="capsule-user",
    version="1.0",
    py_modules=[],
    ext_modules=[
        Extension(
            "capsule_user",
            ["capsule_user.c"],
            include_dirs=["."],
            extra_compile_args=["-std=c11", "-Wall", "-Wextra", "-Werror"],
        )
    ],
)
