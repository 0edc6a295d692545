"""A folder of recorded answers as an organisation: one team, one folder, and every save of a file in its history."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from figma_warehouse.sandbox.organisation import FileInfo, FileVersion, Folder, PublishedRow, Team, User

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from figma_warehouse.sandbox.organisation import ActivityEvent, FigmaUsage, LibraryAction

SUFFIX = ".json.gz"
DATE_SUFFIX = re.compile(r"-\d{4}-\d{2}-\d{2}-\d+(-[a-z])?$")
EARLIER_SUFFIX = re.compile(r"-earlier(-\d+)?$")
KEY_LENGTH = 22
TEAM = Team("1100000000000000001", "Recorded")
FOLDER = Folder("310000001", "Recorded files", TEAM.id)
USER = User("900000000000000001", "recorder")


class AnswerHead(msgspec.Struct, rename="camel"):
    """The fields of a recorded answer beside its document. Only an answer of GET file has a `document`."""

    name: str
    last_modified: datetime
    version: str
    document: msgspec.Raw = msgspec.Raw(b"")
    editor_type: str = "figma"


@dataclass(frozen=True)
class RecordedSave:
    """One recorded save of a file; `path` is the compressed answer."""

    key: str
    name: str
    last_modified: datetime
    version: str
    editor_type: str
    path: Path


class RecordedOrganisation:
    """The recorded `*.json.gz` answers of a folder.

    Only saves up to the clock are visible. The clock starts at `at`, by default at the last save. Raises
    FileNotFoundError if the folder holds no answer of GET file.
    """

    token = "figd_sandbox-recorded"  # noqa: S105

    def __init__(self, folder: Path, at: datetime | None = None) -> None:
        self._saves = sorted(_read_saves(folder), key=lambda save: (save.last_modified, save.path.name))
        if not self._saves:
            raise FileNotFoundError(f"no recorded answers (*{SUFFIX}) in {folder}")
        self._start = self._saves[0].last_modified
        self._at = at or self._saves[-1].last_modified

    @property
    def at(self) -> datetime:
        """The clock, in UTC."""
        return self._at

    @property
    def week(self) -> int:
        """Whole weeks from the first save to the clock."""
        return max(0, (self._at - self._start) // timedelta(weeks=1))

    @property
    def weeks(self) -> int:
        """Whole weeks from the first save to the last."""
        return (self._saves[-1].last_modified - self._start) // timedelta(weeks=1)

    @property
    def team_ids(self) -> list[str]:
        """The one team."""
        return [TEAM.id]

    def advance(self, weeks: int = 1) -> None:
        """Move the clock forward."""
        self.advance_to(self._at + timedelta(weeks=weeks))

    def advance_to(self, at: datetime) -> None:
        """Set the clock."""
        self._at = at

    def saves(self, key: str) -> list[tuple[datetime, str, Path]]:
        """Every recorded save of a file, also after the clock: last modified, version, path; oldest first."""
        return [(save.last_modified, save.version, save.path) for save in self._saves if save.key == key]

    def team(self, team_id: str) -> Team | None:
        """The one team."""
        return TEAM if team_id == TEAM.id else None

    def folder(self, folder_id: str) -> Folder | None:
        """The one folder."""
        return FOLDER if folder_id == FOLDER.id else None

    def folders(self, team_id: str, parent_id: str | None) -> Sequence[Folder]:
        """The one folder, directly below the team."""
        return [FOLDER] if team_id == TEAM.id and parent_id is None else []

    def files(self, folder_id: str) -> Sequence[FileInfo]:
        """The newest visible save of every file."""
        current = {save.key: save for save in self._visible_saves()}
        return [_file_info(save) for _, save in sorted(current.items())] if folder_id == FOLDER.id else []

    def file(self, key: str) -> FileInfo | None:
        """A file; None before its first save."""
        saves = self._visible_saves(key)
        return _file_info(saves[-1]) if saves else None

    def versions(self, key: str) -> Sequence[FileVersion]:
        """The visible saves, newest first. If several saves have one version, the newest counts."""
        newest = {save.version: save for save in self._visible_saves(key)}
        ordered = sorted(newest.values(), key=lambda save: save.last_modified, reverse=True)
        return [FileVersion(save.version, save.last_modified, None, None, USER) for save in ordered]

    def document(self, key: str, version: str | None) -> bytes | None:
        """The recorded answer, byte for byte."""
        saves = [save for save in self._visible_saves(key) if version in (None, save.version)]
        return gzip.decompress(saves[-1].path.read_bytes()) if saves else None

    def published(self, kind: str) -> Sequence[PublishedRow]:  # noqa: ARG002
        """Nothing: no published list was recorded."""
        return []

    def published_elsewhere(self, kind: str) -> Sequence[PublishedRow]:  # noqa: ARG002
        """Nothing: no answer by key was recorded."""
        return []

    def variables(self, key: str) -> Mapping[str, Any]:  # noqa: ARG002
        """Nothing: no variables were recorded with the documents."""
        return {"variables": {}, "variableCollections": {}}

    def comments(self, key: str) -> Sequence[Mapping[str, Any]]:  # noqa: ARG002
        """Nothing: no comments were recorded."""
        return []

    def dev_resources(self, key: str) -> Sequence[Mapping[str, Any]]:  # noqa: ARG002
        """Nothing: no dev resources were recorded."""
        return []

    def figma_usage(self) -> Mapping[str, FigmaUsage]:
        """Nothing: nothing is published."""
        return {}

    def library_actions(self, key: str) -> Sequence[LibraryAction]:  # noqa: ARG002
        """Nothing: nothing is published."""
        return []

    def activity_events(self) -> Sequence[ActivityEvent]:
        """Nothing: no activity log was recorded."""
        return []

    def _visible_saves(self, key: str | None = None) -> list[RecordedSave]:
        return [save for save in self._saves if save.last_modified <= self._at and key in (None, save.key)]


def _read_saves(folder: Path) -> Iterator[RecordedSave]:
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        head = msgspec.json.decode(gzip.decompress(path.read_bytes()), type=AnswerHead)
        if bytes(head.document):
            key = _file_key(path.name.removesuffix(SUFFIX))
            modified = head.last_modified.astimezone(UTC)
            yield RecordedSave(key, head.name, modified, head.version, head.editor_type, path)


def _file_key(stem: str) -> str:
    base = EARLIER_SUFFIX.sub("", DATE_SUFFIX.sub("", stem))
    return re.sub(r"[^0-9A-Za-z]", "", base).ljust(KEY_LENGTH, "0")


def _file_info(save: RecordedSave) -> FileInfo:
    return FileInfo(
        save.key, save.name, FOLDER.id, save.version, save.last_modified, USER, USER, editor_type=save.editor_type
    )
