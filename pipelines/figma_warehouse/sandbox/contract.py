"""What the server needs to know of an organisation, and the plain data in which it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime


@dataclass(frozen=True)
class User:
    """A person as every answer shows one; the handle names a role, the id is a string of digits."""

    id: str
    handle: str


@dataclass(frozen=True)
class Team:
    """A team; one that is not readable answers 403 to everything."""

    id: str
    name: str
    is_readable: bool = True


@dataclass(frozen=True)
class Folder:
    """A folder; `parent_id` is None right below the team."""

    id: str
    name: str
    team_id: str
    parent_id: str | None = None


@dataclass(frozen=True)
class FileCard:
    """A file at the present clock, without its content.

    `main_key` is set on branches only; `branches` on main files only; `editor_type` is one of Figma's six.
    """

    key: str
    name: str
    folder_id: str
    version: str
    last_modified: datetime
    creator: User
    toucher: User
    editor_type: str = "figma"
    is_exportable: bool = True
    main_key: str | None = None
    branches: tuple[str, ...] = ()


@dataclass(frozen=True)
class VersionCard:
    """One row of a version history; `label` is None for an autosave."""

    id: str
    created_at: datetime
    label: str | None
    description: str | None
    user: User


@dataclass(frozen=True)
class Published:
    """One published component, set or style: `row` is what the API shows, `number` its place in the cursor's order."""

    number: int
    team_id: str
    file_key: str
    key: str
    row: dict[str, Any]


class FigmaUsage(NamedTuple):
    """What Figma counts of one component over all files, branches and drafts, whoever may see them."""

    usages: int
    teams: int
    files: int


class Organisation(Protocol):
    """What `serve` serves. Every answer is as of the organisation's own clock."""

    def __hash__(self) -> int:
        """Which organisation it is, whatever its clock."""

    @property
    def token(self) -> str:
        """The one token that is accepted."""

    @property
    def at(self) -> datetime:
        """The clock, in UTC."""

    @property
    def week(self) -> int:
        """Whole weeks since the clock started."""

    @property
    def weeks(self) -> int:
        """How many weeks the story was planned for; the clock may go beyond."""

    @property
    def team_ids(self) -> list[str]:
        """The teams that the token can read."""

    def advance(self, weeks: int = 1) -> None:
        """Move the clock."""

    def team(self, team_id: str) -> Team | None:
        """The team of that id, readable or not."""

    def folder(self, folder_id: str) -> Folder | None:
        """The folder of that id."""

    def folders(self, team_id: str, parent_id: str | None) -> Sequence[Folder]:
        """The folders right below a folder, or right below the team."""

    def files(self, folder_id: str) -> Sequence[FileCard]:
        """The main files in a folder, by name."""

    def file(self, key: str) -> FileCard | None:
        """The main file or branch of that key; None when it was never there, or is deleted."""

    def versions(self, key: str) -> Sequence[VersionCard]:
        """The version history of a file, newest first."""

    def document(self, key: str, version: str | None) -> bytes | None:
        """The whole answer of GET file without branch data, now or at a version; None for an unknown version."""

    def published(self, kind: str) -> Sequence[Published]:
        """All published `components`, `component_sets` or `styles`, by number."""

    def figma_usage(self) -> Mapping[str, FigmaUsage]:
        """What Figma's library analytics say of each component that is used anywhere, by its key."""
