# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether an object has what a Protocol of `hgamalgam.interfaces` says.

What is written in Python shows its parameters. Of what is compiled it is found out
by calls which parameters it takes: with each number of arguments, and by name.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from inspect import Parameter
from typing import Any

POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)

# How CPython, our C and rust-cpython say that it was not the arguments' types.
REFUSAL = re.compile(
    r"takes |expected (at most |at least |exactly )?\d|missing \d? ?required"
    r"|[Rr]equired argument"
    r"|(unexpected|invalid) keyword|no keyword|argument for .*given by name"
)


def members(protocol: type) -> dict[str, Any]:
    """The methods and properties of a Protocol; None for any other attribute."""
    found: dict[str, Any] = {}
    for base in reversed(protocol.__mro__):
        if base.__module__ == protocol.__module__:
            found.update(dict.fromkeys(base.__dict__.get("__annotations__", ())))
            found.update(
                (name, value)
                for name, value in vars(base).items()
                if isinstance(value, property)
                or getattr(value, "__module__", None) == base.__module__
            )
    return found


def parameters(function: Callable[..., Any]) -> list[Parameter]:
    """Those of a function, or those of a Protocol's method but for `self`."""
    found = list(inspect.signature(function).parameters.values())
    return found[1:] if found and found[0].name == "self" else found


def shape(found: list[Parameter]) -> list[tuple[str, str, bool]]:
    return [(p.name, p.kind.description, p.default is p.empty) for p in found]


class Argument:
    """Of no type that anything would take."""

    __hash__ = None  # type: ignore[assignment]


def takes(function: Callable[..., Any], count: int, names: tuple[str, ...]) -> bool:
    """Whether a call is not refused for its number or names of arguments."""
    try:
        function(*(Argument() for _ in range(count)), **dict.fromkeys(names))
    except TypeError as error:
        return not REFUSAL.search(str(error))
    except Exception:
        return True
    return True


def unlike(
    make: Callable[[], Callable[..., Any]], wanted: list[Parameter]
) -> Iterator[str]:
    """In what a compiled function takes other arguments; `make` finds it anew."""
    places = [p for p in wanted if p.kind in POSITIONAL]
    least = sum(p.default is p.empty for p in places)
    counts = range(len(places) + 2)
    taken = {count for count in counts if takes(make(), count, ())}
    if any(p.kind is Parameter.VAR_POSITIONAL for p in wanted):
        # How many more, the object itself may say.
        right = bool(taken) and min(taken) >= least
    else:
        right = taken == set(range(least, len(places) + 1))
    if not right:
        yield f"it takes {sorted(taken)} arguments"
    for number, place in enumerate(places):
        rest = tuple(p.name for p in places[number:])
        should = place.kind is Parameter.POSITIONAL_OR_KEYWORD
        if takes(make(), number, rest) != should:
            yield f"{', '.join(rest)} by name: {'refused' if should else 'taken'}"


def is_python(function: Any) -> bool:
    """Whether its parameters can be read: a function, method or class in Python."""
    if inspect.isclass(function):
        return inspect.isfunction(function.__init__)
    return hasattr(function, "__code__")


def method_of(make: Callable[[], Any], name: str) -> Callable[[], Any]:
    """Finds the method of an object that is made for each call."""
    return lambda: getattr(make(), name)


def differences(make: Callable[[], Any], protocol: type) -> list[str]:
    """What the object that `make` makes has not as the Protocol has it."""
    found = []
    for name, member in members(protocol).items():
        if not hasattr(make(), name):
            found.append(f"{name}: missing")
        elif inspect.isfunction(member):
            method = getattr(make(), name)
            wanted = parameters(member)
            if is_python(method):
                given = parameters(method)
                if name.startswith("__"):
                    # Called by operators: no name and no kind is seen.
                    same = len(given) == len(wanted)
                else:
                    same = shape(given) == shape(wanted)
                if not same:
                    found.append(f"{name}: {shape(given)} and not {shape(wanted)}")
            elif not name.startswith("__"):
                anew = method_of(make, name)
                found += [f"{name}: {text}" for text in unlike(anew, wanted)]
    return found
