# SPDX-License-Identifier: GPL-2.0-or-later
"""The cffi flavour's Python half: served as `mercurial.cffi.*`."""
