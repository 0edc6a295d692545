"""Parses the settings that name teams, folders and files, by id, by key, or by the URL in the browser."""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from figma_warehouse.source.api.refusals import FigmaError

SITE = r"(?:https?://)?(?:www\.)?figma(?:-gov)?\.com/"
FILE_KEY = r"[0-9A-Za-z]{22,128}"
FILE_URL = re.compile(SITE + rf"(?:file|design|board|proto)/({FILE_KEY})(?:/branch/({FILE_KEY}))?(?:[/?#].*)?$")
NODE_ID = re.compile(r"I?\d+:\d+(?:;\d+:\d+)*")
TEAM_URL = re.compile(SITE + r"files/(?:[^/?#]+/)?team/([0-9]+)(?:[/?#].*)?$")
FOLDER_URL = re.compile(SITE + r"files/(?:[^?#]+/)?(?:project|folder)/([0-9]+)(?:[/?#].*)?$")

ACCEPTED = {
    "file": "https://www.figma.com/design/KEY/..., .../file/KEY, .../board/KEY, .../proto/KEY,"
    " .../design/KEY/branch/KEY, or the key alone (22 or more letters and digits)",
    "team": "https://www.figma.com/files/team/123456/..., or the number alone",
    "folder": "https://www.figma.com/files/project/123456/..., .../folder/123456/..., or the number alone",
}
ACCEPTED["file or folder"] = f"{ACCEPTED['file']}; {ACCEPTED['folder']}"


class BadAddress(FigmaError):
    """A setting that is not the address, id or key of a file, team or folder."""

    def __init__(self, kind: str, given: str) -> None:
        super().__init__(f'"{given}" is not a {kind} of an organisation. Accepted: {ACCEPTED[kind]}.')


@dataclass(frozen=True)
class Scope:
    """What to load: ids of teams and folders, and keys of files, each without duplicates.

    `main_files` maps the key of each branch that is named by its URL to the key of its main file. An exclusion
    overrides everything else. It covers the branches of an excluded file, and everything inside an excluded folder.
    """

    teams: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    main_files: Mapping[str, str] = field(default_factory=dict)
    excluded_files: frozenset[str] = frozenset()
    excluded_folders: frozenset[str] = frozenset()

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to load."""
        return not (self.teams or self.folders or self.files)

    def excludes(self, key: str, main_file_key: str | None) -> bool:
        """Tell whether a file, or the main file of a branch, is excluded by its key."""
        return key in self.excluded_files or main_file_key in self.excluded_files


def parse_scope(
    teams: Iterable[str] = (), folders: Iterable[str] = (), files: Iterable[str] = (), exclude: Iterable[str] = ()
) -> Scope:
    """Parse the settings `teams`, `folders`, `files`, and `exclude`, which names files and folders.

    Raises BadAddress if an entry has none of the accepted forms.
    """
    parsed_files = [_parse_file(file) for file in _as_list(files)]
    excluded = [_parse_excluded(one) for one in _as_list(exclude)]
    return Scope(
        _unique(parse_team(team) for team in _as_list(teams)),
        _unique(parse_folder(folder) for folder in _as_list(folders)),
        _unique(key for key, _ in parsed_files),
        {key: main_key for key, main_key in parsed_files if main_key},
        frozenset(id_ for kind, id_ in excluded if kind == "file"),
        frozenset(id_ for kind, id_ in excluded if kind == "folder"),
    )


def parse_file(given: str) -> str:
    """Return the key of a file; for the URL of a branch, the key of the branch. Raises BadAddress."""
    return _parse_file(given)[0]


def _parse_file(given: str) -> tuple[str, str | None]:
    """Return the key of a file or branch and, for the URL of a branch, the key of its main file."""
    text = given.strip()
    if re.fullmatch(FILE_KEY, text):
        return text, None
    match = FILE_URL.match(text)
    if not match:
        raise BadAddress("file", given)
    return (match[2], match[1]) if match[2] else (match[1], None)


def parse_node_ids(given: str) -> tuple[str, ...]:
    """Return the node ids in the `node-id` of a file's URL; empty if it has no `node-id`. Raises BadAddress."""
    values = parse_qs(urlsplit(given.strip()).query).get("node-id", [])
    ids = tuple(id_.replace("-", ":") for value in values for id_ in value.split(","))
    if not all(NODE_ID.fullmatch(id_) for id_ in ids):
        raise BadAddress("file", given)
    return ids


def parse_team(given: str) -> str:
    """Return the id of a team. Raises BadAddress."""
    return _parse_id("team", given, TEAM_URL)


def parse_folder(given: str) -> str:
    """Return the id of a folder, or of a project of the older API. Raises BadAddress."""
    return _parse_id("folder", given, FOLDER_URL)


def _parse_excluded(given: str) -> tuple[str, str]:
    """Return "folder" and its id, or "file" and its key. A number alone is a folder, unless it is as long as a key."""
    for kind, parse in (("file", parse_file), ("folder", parse_folder)):
        with suppress(BadAddress):
            return kind, parse(str(given))
    raise BadAddress("file or folder", str(given))


def _parse_id(kind: str, given: str, url: re.Pattern[str]) -> str:
    text = str(given).strip()
    match = url.match(text)
    if not match and not re.fullmatch(r"[0-9]+", text):
        raise BadAddress(kind, text)
    return match[1] if match else text


def _as_list(given: Iterable[str]) -> Iterable[str]:
    return [given] if isinstance(given, str) else given


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
