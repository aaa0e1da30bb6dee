# SPDX-License-Identifier: GPL-2.0-or-later
"""The pure flavour, the reference: served as `mercurial.pure.*`."""
