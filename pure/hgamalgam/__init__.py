# SPDX-License-Identifier: GPL-2.0-or-later
"""Native modules for an unmodified Mercurial, in four flavours, by a policy."""

__version__ = "0.1.0"


def get_include() -> str:
    """The folder of hgamalgam_capi.h (see docs/capsules.md), for a C compiler."""
    # Nothing is imported for it: every `hg` pays for what this module does.
    return __path__[0] + "/include"
