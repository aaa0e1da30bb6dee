# SPDX-License-Identifier: GPL-2.0-or-later
# Built from c_ext/cffi/osutilbuild.py.
from typing import Any

ffi: Any
lib: Any
