# SPDX-License-Identifier: GPL-2.0-or-later
"""Which ancestors an unmodified Mercurial takes, of a revlog with a C index."""

from __future__ import annotations

import pytest

CODE = """
import os, sys
from hgamalgam import hook
hook.install()
from mercurial import commands, hg, setdiscovery, ui as uimod
ui = uimod.ui.load()
ui.setconfig(b"ui", b"quiet", b"yes")
commands.init(ui, b"repo")
repo = hg.repository(ui, b"repo")
os.chdir("repo")
for number in range(3):
    with open("file", "w") as file:
        file.write(str(number))
    commands.commit(ui, repo, message=b"%d" % number, addremove=True)
repo = hg.repository(ui, b".")
logs = [repo.changelog, repo.manifestlog.getstorage(b"")._revlog]
logs.append(repo.file(b"file")._revlog)
for log in logs:
    lazy = log.ancestors([2], inclusive=True)
    print(type(lazy).__module__, type(log.incrementalmissingrevs([0])).__module__)
    assert list(lazy) == [2, 1, 0]
    assert log.incrementalmissingrevs([0]).missingancestors([2]) == [1, 2]
    assert set(log.headrevs([0, 1])) == {1}
assert type(log.index).__module__ == "parsers", type(log.index)
print(setdiscovery.partialdiscovery.__module__)
# A transaction ends what was derived before it.
lazy = repo.changelog.ancestors([2])
with open("file", "w") as file:
    file.write("more")
commands.commit(ui, repo, message=b"more")
try:
    print(1 in lazy)
except RuntimeError as error:
    print(error)
"""


@pytest.mark.parametrize("policy", ["rust+c-allow", "c", "allow"])
def test_who_walks(environment, policy):
    out = environment.python(CODE, policy=policy).splitlines()
    if policy == "rust+c-allow":
        name = "mercurial.rustext.ancestor"
        ancestors, discovery = f"{name} {name}", "mercurial.rustext.discovery"
        end = "Cannot access to leaked reference after mutation"
    else:
        name = "mercurial.ancestor"
        ancestors, discovery = f"{name} {name}", "mercurial.setdiscovery"
        end = "True"
    assert out == [*[ancestors] * 3, discovery, end]
