"""An organisation with files that change or vanish while a client reads them."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from figma_warehouse.sandbox.answer_values import format_time
from figma_warehouse.sandbox.organisation import FileInfo, FileVersion

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from figma_warehouse.sandbox.organisation import (
        ActivityEvent,
        FigmaUsage,
        Folder,
        LibraryAction,
        Organisation,
        PublishedRow,
        Team,
    )


class ChangingOrganisation:
    """Another organisation, with the changes that `change_file` and `remove_file` make to its files."""

    def __init__(self, inner: Organisation) -> None:
        self._inner = inner
        self._lock = threading.Lock()
        self._changes: Counter[str] = Counter()
        self._removed: set[str] = set()

    @property
    def token(self) -> str:
        """The personal access token that the server accepts."""
        return self._inner.token

    @property
    def at(self) -> datetime:
        """The clock, in UTC."""
        return self._inner.at

    @property
    def week(self) -> int:
        """Whole weeks since the clock started."""
        return self._inner.week

    @property
    def weeks(self) -> int:
        """How many weeks are planned."""
        return self._inner.weeks

    @property
    def team_ids(self) -> list[str]:
        """The teams that the token can read."""
        return self._inner.team_ids

    def change_file(self, key: str) -> None:
        """Save a file once more: a new version, one second later, with one more rectangle on its first page."""
        with self._lock:
            self._changes[key] += 1

    def remove_file(self, key: str) -> None:
        """Delete a file: no listing has it, and it answers 404."""
        with self._lock:
            self._removed.add(key)

    def advance(self, weeks: int = 1) -> None:
        """Move the clock forward."""
        self._inner.advance(weeks)

    def team(self, team_id: str) -> Team | None:
        """The team, readable or not; None if the id is unknown."""
        return self._inner.team(team_id)

    def folder(self, folder_id: str) -> Folder | None:
        """The folder; None if the id is unknown."""
        return self._inner.folder(folder_id)

    def folders(self, team_id: str, parent_id: str | None) -> Sequence[Folder]:
        """The folders directly below a folder, or directly below the team if `parent_id` is None."""
        return self._inner.folders(team_id, parent_id)

    def files(self, folder_id: str) -> Sequence[FileInfo]:
        """The main files of a folder, by name."""
        return [self._changed(file) for file in self._inner.files(folder_id) if file.key not in self._removed]

    def file(self, key: str) -> FileInfo | None:
        """The main file or branch; None if the key is unknown or the file is deleted."""
        file = None if key in self._removed else self._inner.file(key)
        return self._changed(file) if file else None

    def versions(self, key: str) -> Sequence[FileVersion]:
        """The version history of a file, newest first."""
        file = self._inner.file(key)
        earlier = self._inner.versions(key)
        return [*self._added_versions(file), *earlier] if file else earlier

    def document(self, key: str, version: str | None) -> bytes | None:
        """The whole answer of GET file without branch data, now or at a version; None if the version is unknown."""
        file = self._inner.file(key)
        added = self._added_versions(file) if file else []
        for position, one in enumerate(added):
            if version in (None, one.id):
                body = self._inner.document(key, None)
                return _with_rectangles(body, one, len(added) - position) if body else None
        return self._inner.document(key, version)

    def published(self, kind: str) -> Sequence[PublishedRow]:
        """All published `components`, `component_sets` or `styles` of files that are not deleted, by number."""
        return [item for item in self._inner.published(kind) if item.file_key not in self._removed]

    def published_elsewhere(self, kind: str) -> Sequence[PublishedRow]:
        """What libraries outside of the organisation publish."""
        return self._inner.published_elsewhere(kind)

    def variables(self, key: str) -> Mapping[str, Any]:
        """The variables of a file and their collections."""
        return self._inner.variables(key)

    def comments(self, key: str) -> Sequence[Mapping[str, Any]]:
        """The comments of a file."""
        return self._inner.comments(key)

    def dev_resources(self, key: str) -> Sequence[Mapping[str, Any]]:
        """The dev resources of a file."""
        return self._inner.dev_resources(key)

    def figma_usage(self) -> Mapping[str, FigmaUsage]:
        """What Figma's library analytics count, by component key."""
        return self._inner.figma_usage()

    def library_actions(self, key: str) -> Sequence[LibraryAction]:
        """What Figma's library analytics count for a library file, by week."""
        return self._inner.library_actions(key)

    def activity_events(self) -> Sequence[ActivityEvent]:
        """The events of the activity log."""
        return self._inner.activity_events()

    def _changed(self, file: FileInfo) -> FileInfo:
        added = self._added_versions(file)
        return replace(file, version=added[0].id, last_modified=added[0].created_at) if added else file

    def _added_versions(self, file: FileInfo) -> list[FileVersion]:
        """One version for each change, newest first."""
        return [
            FileVersion(
                f"{file.version}{n:02}", file.last_modified + timedelta(seconds=n), None, None, file.last_editor
            )
            for n in range(self._changes[file.key], 0, -1)
        ]


def _with_rectangles(body: bytes, version: FileVersion, count: int) -> bytes:
    answer: dict[str, Any] = msgspec.json.decode(body)
    page = answer["document"]["children"][0]
    rectangles = [{"id": f"999999:{n}", "name": f"Added {n}", "type": "RECTANGLE"} for n in range(1, count + 1)]
    page["children"] = [*page["children"], *rectangles]
    return msgspec.json.encode({**answer, "version": version.id, "lastModified": format_time(version.created_at)})
