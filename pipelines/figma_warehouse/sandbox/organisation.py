"""The interface between the server and an organisation, and the plain data that crosses it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime


@dataclass(frozen=True)
class User:
    """A person; the handle names a role, the id is a string of digits."""

    id: str
    handle: str


@dataclass(frozen=True)
class Team:
    """A team. If it is not readable, every endpoint of it answers 403."""

    id: str
    name: str
    is_readable: bool = True


@dataclass(frozen=True)
class Folder:
    """A folder; `parent_id` is None directly below the team."""

    id: str
    name: str
    team_id: str
    parent_id: str | None = None


@dataclass(frozen=True)
class FileInfo:
    """A file at the organisation's clock, without its content.

    `main_key` is set on branches only, `branches` on main files only. `editor_type` is one of Figma's six.
    """

    key: str
    name: str
    folder_id: str
    version: str
    last_modified: datetime
    creator: User
    last_editor: User
    editor_type: str = "figma"
    is_exportable: bool = True
    main_key: str | None = None
    branches: tuple[str, ...] = ()


@dataclass(frozen=True)
class FileVersion:
    """One row of a version history; `label` is None for an autosave."""

    id: str
    created_at: datetime
    label: str | None
    description: str | None
    user: User


@dataclass(frozen=True)
class PublishedRow:
    """A published component, component set or style: `row` is the API's row, `number` its position for cursors."""

    number: int
    team_id: str
    file_key: str
    key: str
    row: dict[str, Any]


class FigmaUsage(NamedTuple):
    """Figma's own count of one component: over all files, branches and drafts, visible to the token or not."""

    usages: int
    teams: int
    files: int


class LibraryAction(NamedTuple):
    """Figma's own account of one published component, style or variable in the week from a Monday on."""

    kind: str
    key: str
    week: date
    insertions: int
    detachments: int


@dataclass(frozen=True)
class ActivityEvent:
    """One event of the activity log. `user` is None if nobody was signed in, `main_key` is set for a branch."""

    id: str
    at: datetime
    action: str
    user: User | None
    file_key: str
    file_name: str
    main_key: str | None = None
    team_id: str | None = None
    editor_type: str = "figma"
    client_name: str | None = None


class Organisation(Protocol):
    """An organisation that `serve` can serve. Every answer is as of the organisation's own clock."""

    def __hash__(self) -> int:
        """The same for one organisation at every time of its clock."""

    @property
    def token(self) -> str:
        """The personal access token that the server accepts."""

    @property
    def at(self) -> datetime:
        """The clock, in UTC."""

    @property
    def week(self) -> int:
        """Whole weeks since the clock started."""

    @property
    def weeks(self) -> int:
        """How many weeks are planned. The clock may pass them."""

    @property
    def team_ids(self) -> list[str]:
        """The teams that the token can read."""

    def advance(self, weeks: int = 1) -> None:
        """Move the clock forward."""

    def team(self, team_id: str) -> Team | None:
        """The team, readable or not; None if the id is unknown."""

    def folder(self, folder_id: str) -> Folder | None:
        """The folder; None if the id is unknown."""

    def folders(self, team_id: str, parent_id: str | None) -> Sequence[Folder]:
        """The folders directly below a folder, or directly below the team if `parent_id` is None."""

    def files(self, folder_id: str) -> Sequence[FileInfo]:
        """The main files of a folder, by name."""

    def file(self, key: str) -> FileInfo | None:
        """The main file or branch; None if the key is unknown or the file is deleted."""

    def versions(self, key: str) -> Sequence[FileVersion]:
        """The version history of a file, newest first."""

    def document(self, key: str, version: str | None) -> bytes | None:
        """The whole answer of GET file without branch data, now or at a version; None if the version is unknown."""

    def published(self, kind: str) -> Sequence[PublishedRow]:
        """All published `components`, `component_sets` or `styles`, by number."""

    def published_elsewhere(self, kind: str) -> Sequence[PublishedRow]:
        """What libraries outside of the organisation publish. Only a request by key answers with it."""

    def variables(self, key: str) -> Mapping[str, Any]:
        """The `meta` of GET /v1/files/:key/variables/local: the maps `variables` and `variableCollections`."""

    def comments(self, key: str) -> Sequence[Mapping[str, Any]]:
        """The list of GET /v1/files/:key/comments, of a file or branch."""

    def dev_resources(self, key: str) -> Sequence[Mapping[str, Any]]:
        """The list of GET /v1/files/:key/dev_resources, of a main file."""

    def figma_usage(self) -> Mapping[str, FigmaUsage]:
        """What Figma's library analytics count, by key; only components, styles and variables that are used."""

    def library_actions(self, key: str) -> Sequence[LibraryAction]:
        """What Figma's library analytics count for a library file, in all weeks that have ended."""

    def activity_events(self) -> Sequence[ActivityEvent]:
        """The events of the activity log up to the clock, the oldest first."""
