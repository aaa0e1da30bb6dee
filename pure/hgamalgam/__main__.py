# SPDX-License-Identifier: GPL-2.0-or-later
"""`python -m hgamalgam` is `amalgam`."""

import sys

from .cli import main

sys.exit(main())
