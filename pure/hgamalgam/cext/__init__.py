# SPDX-License-Identifier: GPL-2.0-or-later
"""The C flavour: CPython extension modules, served as `mercurial.cext.*`."""
