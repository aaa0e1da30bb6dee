# SPDX-License-Identifier: GPL-2.0-or-later
"""Native modules for an unmodified Mercurial, in four flavours, by a policy."""

__version__ = "0.1.0"
