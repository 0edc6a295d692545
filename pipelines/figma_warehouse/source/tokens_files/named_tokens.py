"""What all kinds of tokens files have in common: a token in one mode, and how it names the variable that it stands for.

A token is matched to a variable only by what the file says. It gives the key of the variable, or an id that contains
the key (`VariableID:<key>/<suffix>`), or the id of a local variable (`VariableID:<id>`). A local id counts only in the
file that defines the variable, and only if the tokens file or the setting names that file. Equal names or values are no
match, because several variables can have them. A token without a key or such an id names nothing; other tokens can
still refer to it.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from figma_warehouse.failures import UsageFailure
from figma_warehouse.source.api.values import is_plain

PREFIX = "VariableID:"
LONGEST_NAME = 1_000


class BadTokensFile(UsageFailure):
    """A tokens file cannot be used. The message names the file, the place in it and the reason."""

    def __init__(self, path: str, place: str, reason: str) -> None:
        at = f" at {as_printable(place)}" if place else ""
        super().__init__(
            f"variable_names under [sources.figma]: {as_printable(path)}{at}: {reason}. Nothing was changed."
        )


class Identity(NamedTuple):
    """The variable that a token stands for: its key, and the file that defines it with its id there; each if known."""

    variable_key: str | None = None
    file_key: str | None = None
    variable_id: str | None = None

    @property
    def is_known(self) -> bool:
        """Tell whether it names a variable."""
        return self != UNKNOWN


UNKNOWN = Identity()


class Alias(NamedTuple):
    """The token that gives another one its value.

    It is the one with this `id`, else the one with this `name`: of the same file if it has one, unless `is_elsewhere`.
    """

    name: str | None
    id: str | None = None
    variable: Identity = UNKNOWN
    collection: str | None = None
    is_elsewhere: bool = False


@dataclass(frozen=True)
class NamedToken:
    """A token in one mode. `name` has its groups, separated by /. `place` is where the file has it.

    `id` is that of the variable as the file gives it, even if it identifies none.
    """

    place: str
    name: str
    id: str | None = None
    variable: Identity = UNKNOWN
    description: str | None = None
    resolved_type: str | None = None
    collection: str | None = None
    mode: str | None = None
    is_default_mode: bool = False
    value: str | None = None
    alias: Alias | None = None


@dataclass(frozen=True)
class TokensFile:
    """The JSON of a tokens file. `path` is as in the setting, `file_key` the Figma file that defines the variables."""

    path: str
    document: Mapping[str, Any]
    file_key: str | None = None

    def fail(self, place: str, reason: str) -> BadTokensFile:
        """Return the error for a place in this file."""
        return BadTokensFile(self.path, place, reason)

    def check_name(self, place: str, name: str) -> str:
        """Return a name. Raises BadTokensFile if it is empty, too long, or has control characters."""
        if not name.strip("/ "):
            raise self.fail(place, "a name is empty")
        if len(name) > LONGEST_NAME:
            raise self.fail(place[:LONGEST_NAME], f"a name has more than {LONGEST_NAME:,} characters")
        if as_printable(name) != name:
            raise self.fail(place, f'the name "{as_printable(name)}" has control characters')
        return name


def identify(variable_id: object, variable_key: object, file_key: object) -> Identity:
    """Return the variable that a key, an id and the key of the file that defines it name. See above."""
    id_ = variable_id if isinstance(variable_id, str) and variable_id.startswith(PREFIX) else ""
    key_of_id, has_key, _ = id_.removeprefix(PREFIX).partition("/")
    keys = (one for one in (variable_key, key_of_id if has_key else None) if isinstance(one, str) and is_plain(one))
    is_local = id_ and not has_key and isinstance(file_key, str) and is_plain(file_key)
    return Identity(next(keys, None), *((str(file_key), id_) if is_local else (None, None)))


def as_printable(text: str) -> str:
    """Return a text with control and other unprintable characters as escapes."""
    return "".join(
        one if unicodedata.category(one) not in ("Cc", "Cf", "Cs", "Zl", "Zp") else f"\\u{ord(one):04x}" for one in text
    )
