# SPDX-License-Identifier: GPL-2.0-or-later
"""What an enabled environment costs a Python program that is not hg.

    python benches/startup.py [--runs 100]

Makes a virtual environment with the hg-amalgam that this Python imports, and starts
its Python with and without the file that `amalgam enable` writes, in turn. Prints the
medians, and what the file takes within one process: the median and the least, to which
other programs have added nothing. At most 0.2 ms is wanted.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

import hgamalgam
from hgamalgam import switch

WANTED_MS = 0.2

# The file's line, as `site` runs it: compiled and run in a process that has done
# nothing else, and once more, as Python reads these files twice.
_INSIDE = """
import sys, time
lines = [one for one in open(sys.argv[1]) if one.startswith("import ")]
begin = time.perf_counter()
for _ in range(2):
    for line in lines:
        exec(line)
print(time.perf_counter() - begin)
"""


def seconds(command: list[str]) -> float:
    begin = time.perf_counter()
    subprocess.run(command, check=True)
    return time.perf_counter() - begin


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        venv.create(root, with_pip=False, symlinks=True)
        version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        site = root / "lib" / version / "site-packages"
        (site / "hgamalgam").symlink_to(Path(hgamalgam.__file__).parent)
        python = str(root / "bin" / "python")
        enable = [python, "-c", "from hgamalgam import switch; switch.enable(None)"]
        subprocess.run(enable, check=True, stdout=subprocess.DEVNULL)
        file, aside = site / switch.FILE_NAME, root / "aside"
        command = [python, "-c", "pass"]
        enabled, disabled, inside = [], [], []
        for _ in range(options.runs):
            enabled.append(seconds(command))
            file.rename(aside)
            disabled.append(seconds(command))
            measure = [python, "-c", _INSIDE, str(aside)]
            inside.append(float(subprocess.check_output(measure)))
            aside.rename(file)
    whole = [statistics.median(times) * 1000 for times in (enabled, disabled)]
    usual, cost = statistics.median(inside) * 1000, min(inside) * 1000
    print(f"a start of Python, enabled:  {whole[0]:7.3f} ms")
    print(f"a start of Python, disabled: {whole[1]:7.3f} ms")
    print(f"the file itself, median:     {usual:7.3f} ms")
    print(f"the file itself, least:      {cost:7.3f} ms (wanted: {WANTED_MS})")
    return 0 if cost <= WANTED_MS else 1


if __name__ == "__main__":
    sys.exit(main())
