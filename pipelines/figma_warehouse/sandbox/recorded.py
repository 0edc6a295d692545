"""A folder of recorded answers as an organisation: one team, one folder, every save of a file in its history."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from figma_warehouse.sandbox.contract import FileCard, Folder, Published, Team, User, VersionCard

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from figma_warehouse.sandbox.contract import FigmaUsage

SUFFIX = ".json.gz"
DATED = re.compile(r"-\d{4}-\d{2}-\d{2}-\d+(-[a-z])?$")
EARLIER = re.compile(r"-earlier(-\d+)?$")
KEY_LENGTH = 22
TEAM = Team("1100000000000000001", "Recorded")
FOLDER = Folder("310000001", "Recorded files", TEAM.id)
RECORDER = User("900000000000000001", "recorder")


class Head(msgspec.Struct, rename="camel"):
    """What a recorded answer says beside its document; `document` marks a file answer."""

    name: str
    last_modified: datetime
    version: str
    document: msgspec.Raw = msgspec.Raw(b"")
    editor_type: str = "figma"


@dataclass(frozen=True)
class Recording:
    """One recorded save of a file; `path` is the compressed answer."""

    key: str
    name: str
    last_modified: datetime
    version: str
    editor_type: str
    path: Path


class RecordedOrganisation:
    """The recorded `*.json.gz` answers of a folder. Only saves up to the clock are visible; default: all of them."""

    token = "figd_sandbox-recorded"  # noqa: S105

    def __init__(self, folder: Path, at: datetime | None = None) -> None:
        self._recordings = sorted(_recordings(folder), key=lambda one: (one.last_modified, one.path.name))
        if not self._recordings:
            raise FileNotFoundError(f"no recorded answers (*{SUFFIX}) in {folder}")
        self._start = self._recordings[0].last_modified
        self._at = at or self._recordings[-1].last_modified

    @property
    def at(self) -> datetime:
        """The clock, UTC."""
        return self._at

    @property
    def week(self) -> int:
        """Whole weeks from the first recording to the clock."""
        return max(0, (self._at - self._start) // timedelta(weeks=1))

    @property
    def weeks(self) -> int:
        """Whole weeks from the first recording to the last."""
        return (self._recordings[-1].last_modified - self._start) // timedelta(weeks=1)

    @property
    def team_ids(self) -> list[str]:
        """The one team."""
        return [TEAM.id]

    def advance(self, weeks: int = 1) -> None:
        """Move the clock by weeks."""
        self.advance_to(self._at + timedelta(weeks=weeks))

    def advance_to(self, at: datetime) -> None:
        """Set the clock."""
        self._at = at

    def saves(self, key: str) -> list[tuple[datetime, str, Path]]:
        """All recorded saves of a file, whatever the clock: last modified, version, path; oldest first."""
        return [(one.last_modified, one.version, one.path) for one in self._recordings if one.key == key]

    def team(self, team_id: str) -> Team | None:
        """The one team."""
        return TEAM if team_id == TEAM.id else None

    def folder(self, folder_id: str) -> Folder | None:
        """The one folder."""
        return FOLDER if folder_id == FOLDER.id else None

    def folders(self, team_id: str, parent_id: str | None) -> Sequence[Folder]:
        """The one folder, right below the team."""
        return [FOLDER] if team_id == TEAM.id and parent_id is None else []

    def files(self, folder_id: str) -> Sequence[FileCard]:
        """The newest visible save of every file."""
        current = {one.key: one for one in self._visible()}
        return [_card(one) for _, one in sorted(current.items())] if folder_id == FOLDER.id else []

    def file(self, key: str) -> FileCard | None:
        """A file, once its first save is visible."""
        saves = self._visible(key)
        return _card(saves[-1]) if saves else None

    def versions(self, key: str) -> Sequence[VersionCard]:
        """The visible saves, newest first; of saves that share a version, the newest."""
        newest = {one.version: one for one in self._visible(key)}
        ordered = sorted(newest.values(), key=lambda one: one.last_modified, reverse=True)
        return [VersionCard(one.version, one.last_modified, None, None, RECORDER) for one in ordered]

    def document(self, key: str, version: str | None) -> bytes | None:
        """The answer as it was recorded, byte for byte."""
        saves = [one for one in self._visible(key) if version in (None, one.version)]
        return gzip.decompress(saves[-1].path.read_bytes()) if saves else None

    def published(self, kind: str) -> Sequence[Published]:  # noqa: ARG002
        """Nothing: published lists were not recorded."""
        return []

    def figma_usage(self) -> Mapping[str, FigmaUsage]:
        """Nothing: nothing is published."""
        return {}

    def _visible(self, key: str | None = None) -> list[Recording]:
        return [one for one in self._recordings if one.last_modified <= self._at and key in (None, one.key)]


def _recordings(folder: Path) -> Iterator[Recording]:
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        head = msgspec.json.decode(gzip.decompress(path.read_bytes()), type=Head)
        if bytes(head.document):
            key = _file_key(path.name.removesuffix(SUFFIX))
            yield Recording(key, head.name, head.last_modified.astimezone(UTC), head.version, head.editor_type, path)


def _file_key(stem: str) -> str:
    base = EARLIER.sub("", DATED.sub("", stem))
    return re.sub(r"[^0-9A-Za-z]", "", base).ljust(KEY_LENGTH, "0")


def _card(one: Recording) -> FileCard:
    return FileCard(
        one.key, one.name, FOLDER.id, one.version, one.last_modified, RECORDER, RECORDER, editor_type=one.editor_type
    )
