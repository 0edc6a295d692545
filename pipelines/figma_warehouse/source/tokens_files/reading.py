"""Reads the tokens files that `variable_names` lists, and resolves which token gives which its value."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from figma_warehouse.source.outcomes import Row
from figma_warehouse.source.tokens_files.design_tokens import design_tokens
from figma_warehouse.source.tokens_files.named_tokens import (
    UNKNOWN,
    Alias,
    BadTokensFile,
    Identity,
    NamedToken,
    TokensFile,
)
from figma_warehouse.source.tokens_files.rest_answer import answer_tokens, is_answer

# far above the 5,000 variables that a collection can have
MOST_BYTES = 20_000_000
# a file key and a path, as in KEY=tokens/Light.tokens.json
WITH_KEY = re.compile(r"([0-9A-Za-z]{16,})=(.+)", re.DOTALL)
# a token by the position of its file, and its id or name there
At = tuple[int, str]


class Directory:
    """The tokens of all files by what aliases call them."""

    def __init__(self, found: Sequence[Sequence[NamedToken]]) -> None:
        self.tokens = {(index, token.id or token.name): token for index, tokens in enumerate(found) for token in tokens}
        self._names: list[dict[str, At]] = [
            {token.name: (index, token.id or token.name) for token in tokens} for index, tokens in enumerate(found)
        ]
        self._ids = {id_: (index, id_) for index, id_ in reversed(self.tokens)}

    def target(self, index: int, alias: Alias) -> At | None:
        """Return the token that an alias in the file with this position names; None if no file has it."""
        if alias.id:
            return (index, alias.id) if (index, alias.id) in self.tokens else self._ids.get(alias.id)
        order = [at for at in range(len(self._names)) if at != index]
        order = order if alias.is_elsewhere else [index, *order]
        return next((self._names[at][alias.name] for at in order if alias.name in self._names[at]), None)


def read_tokens_files(entries: Sequence[str]) -> dict[str, list[Row]]:
    """Return the rows of `token_values` by file as the setting names it. Raises BadTokensFile.

    An entry is a path, or the key of the Figma file that defines the variables, = and a path.
    """
    files = [_open(entry) for entry in dict.fromkeys(entries)]
    found = [list(answer_tokens(one) if is_answer(one.document) else design_tokens(one)) for one in files]
    directory = Directory(found)
    _check_cycles(files, found, directory)
    resolved = [[_resolve(token, index, directory) for token in tokens] for index, tokens in enumerate(found)]
    rows: dict[str, list[Row]] = {}
    defaults = _default_modes(resolved)
    for index, (file, tokens) in enumerate(zip(files, resolved, strict=True)):
        named = [_row(token, is_default=defaults[_subject(index, token)] is token) for token in tokens]
        named += _targets(tokens, {subject for subject in defaults if isinstance(subject, Identity)})
        first = sum(map(len, rows.values()))
        rows.setdefault(file.path, []).extend(
            {"tokens_file": file.path, "position": first + at} | row for at, row in enumerate(named)
        )
    return rows


def _open(entry: str) -> TokensFile:
    """Read one file. Raises BadTokensFile if it is missing, too large, or no JSON object."""
    with_key = None if Path(entry).exists() else WITH_KEY.fullmatch(entry)
    file_key, path = (with_key[1], with_key[2]) if with_key else (None, entry)
    try:
        if not Path(path).is_file():
            raise BadTokensFile(path, "", "there is no such file")
        if (size := Path(path).stat().st_size) > MOST_BYTES:
            words = f"the file has {size / 1e6:,.0f} MB, and at most {MOST_BYTES / 1e6:,.0f} MB are read"
            raise BadTokensFile(path, "", words)
        document = json.loads(Path(path).read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise BadTokensFile(path, *_reason(error)) from error
    if not isinstance(document, dict):
        raise BadTokensFile(path, "", "the file is no JSON object")
    return TokensFile(path, document, file_key)


def _reason(error: Exception) -> tuple[str, str]:
    """Return the place and the reason why a file cannot be read."""
    if isinstance(error, json.JSONDecodeError):
        return f"line {error.lineno}, column {error.colno}", f"this is no JSON ({error.msg.rstrip('.')})"
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.start}", "the file is not encoded in UTF-8"
    if isinstance(error, RecursionError):
        return "", "the file is nested too deeply"
    if isinstance(error, OSError):
        return "", f"the file cannot be read ({error.strerror})"
    return "", "the file cannot be read as JSON"


def _check_cycles(files: Sequence[TokensFile], found: Sequence[Sequence[NamedToken]], directory: Directory) -> None:
    """Raise BadTokensFile if a token gets its value from itself, directly or over others."""
    given: dict[At, set[At]] = {}
    for index, tokens in enumerate(found):
        for token in tokens:
            if token.alias and (target := directory.target(index, token.alias)):
                given.setdefault((index, token.id or token.name), set()).add(target)
    try:
        TopologicalSorter(given).prepare()
    except CycleError as error:
        circle = [(index, directory.tokens[index, id_]) for index, id_ in reversed(error.args[1])]
        (index, token), names = circle[0], " from ".join(one.name for _, one in circle)
        raise files[index].fail(token.place, f"the token takes its value from itself: {names}") from error


def _resolve(token: NamedToken, index: int, directory: Directory) -> NamedToken:
    """Return a token whose alias names the variable of its target, if a file has it."""
    if token.alias is None or not (at := directory.target(index, token.alias)):
        return token
    target = directory.tokens[at]
    variable = token.alias.variable if token.alias.variable.is_known else target.variable
    alias = token.alias._replace(variable=variable, name=token.alias.name or target.name)
    return replace(token, alias=alias, resolved_type=token.resolved_type or target.resolved_type)


def _subject(index: int, token: NamedToken) -> Identity | At:
    """Return what has modes: the variable, or a token of one file that stands for none."""
    return token.variable if token.variable.is_known else (index, token.id or token.name)


def _default_modes(found: Sequence[Sequence[NamedToken]]) -> dict[Identity | At, NamedToken]:
    """Return the token in the default mode of each variable: as a file says, else the first one."""
    chosen: dict[Identity | At, NamedToken] = {}
    for index, tokens in enumerate(found):
        for token in tokens:
            subject = _subject(index, token)
            if subject not in chosen or (token.is_default_mode and not chosen[subject].is_default_mode):
                chosen[subject] = token
    return chosen


def _targets(tokens: Sequence[NamedToken], known: set[Identity]) -> Iterator[Row]:
    """Yield a row without a mode for each variable that only an alias names, and add it to the known ones."""
    for token in tokens:
        alias = token.alias
        if alias and alias.name and alias.variable != UNKNOWN and alias.variable not in known:
            known.add(alias.variable)
            target = NamedToken(
                place=token.place,
                name=alias.name,
                variable=alias.variable,
                resolved_type=token.resolved_type,
                collection=alias.collection,
            )
            yield _row(target, is_default=True)


def _row(token: NamedToken, *, is_default: bool) -> dict[str, Any]:
    alias = token.alias or Alias(None)
    return {
        "name": token.name,
        "description": token.description,
        "resolved_type": token.resolved_type,
        "collection_name": token.collection,
        "mode_name": token.mode,
        "is_default_mode": is_default,
        **token.variable._asdict(),
        "value": None if token.alias else token.value,
        "alias_name": alias.name,
        "alias_key": alias.variable.variable_key,
    }
