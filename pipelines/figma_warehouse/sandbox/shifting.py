"""Any organisation, with files that change or vanish while it is being read."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from figma_warehouse.sandbox.api.answers import iso
from figma_warehouse.sandbox.contract import FileCard, VersionCard

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from figma_warehouse.sandbox.contract import FigmaUsage, Folder, Organisation, Published, Team


class ShiftingOrganisation:
    """Serves another organisation, but for what `change` and `remove` did to its files."""

    def __init__(self, inner: Organisation) -> None:
        self._inner = inner
        self._lock = threading.Lock()
        self._changes: Counter[str] = Counter()
        self._removed: set[str] = set()

    @property
    def token(self) -> str:
        """The one token that is accepted."""
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
        """How many weeks the story was planned for."""
        return self._inner.weeks

    @property
    def team_ids(self) -> list[str]:
        """The teams that the token can read."""
        return self._inner.team_ids

    def change(self, key: str) -> None:
        """Save a file once more: a new version, a second later, with one more rectangle on its first page."""
        with self._lock:
            self._changes[key] += 1

    def remove(self, key: str) -> None:
        """Delete a file: it is listed no more, and answers 404."""
        with self._lock:
            self._removed.add(key)

    def advance(self, weeks: int = 1) -> None:
        """Move the clock."""
        self._inner.advance(weeks)

    def team(self, team_id: str) -> Team | None:
        """The team of that id, readable or not."""
        return self._inner.team(team_id)

    def folder(self, folder_id: str) -> Folder | None:
        """The folder of that id."""
        return self._inner.folder(folder_id)

    def folders(self, team_id: str, parent_id: str | None) -> Sequence[Folder]:
        """The folders right below a folder, or right below the team."""
        return self._inner.folders(team_id, parent_id)

    def files(self, folder_id: str) -> Sequence[FileCard]:
        """The main files in a folder, by name."""
        return [self._card(card) for card in self._inner.files(folder_id) if card.key not in self._removed]

    def file(self, key: str) -> FileCard | None:
        """The main file or branch of that key; None when it was never there, or is deleted."""
        card = None if key in self._removed else self._inner.file(key)
        return self._card(card) if card else None

    def versions(self, key: str) -> Sequence[VersionCard]:
        """The version history of a file, newest first."""
        card = self._inner.file(key)
        before = self._inner.versions(key)
        return [*self._saves(card), *before] if card else before

    def document(self, key: str, version: str | None) -> bytes | None:
        """The whole answer of GET file without branch data, now or at a version; None for an unknown version."""
        card = self._inner.file(key)
        saves = self._saves(card) if card else []
        for position, save in enumerate(saves):
            if version in (None, save.id):
                body = self._inner.document(key, None)
                return _with_rectangles(body, save, len(saves) - position) if body else None
        return self._inner.document(key, version)

    def published(self, kind: str) -> Sequence[Published]:
        """All published `components`, `component_sets` or `styles` of files that are there, by number."""
        return [row for row in self._inner.published(kind) if row.file_key not in self._removed]

    def figma_usage(self) -> Mapping[str, FigmaUsage]:
        """What Figma's library analytics say of each component."""
        return self._inner.figma_usage()

    def _card(self, card: FileCard) -> FileCard:
        saves = self._saves(card)
        return replace(card, version=saves[0].id, last_modified=saves[0].created_at) if saves else card

    def _saves(self, card: FileCard) -> list[VersionCard]:
        changes = range(self._changes[card.key], 0, -1)
        return [
            VersionCard(f"{card.version}{n:02}", card.last_modified + timedelta(seconds=n), None, None, card.toucher)
            for n in changes
        ]


def _with_rectangles(body: bytes, save: VersionCard, count: int) -> bytes:
    answer: dict[str, Any] = msgspec.json.decode(body)
    page = answer["document"]["children"][0]
    rectangles = [{"id": f"999999:{n}", "name": f"Added {n}", "type": "RECTANGLE"} for n in range(1, count + 1)]
    page["children"] = [*page["children"], *rectangles]
    return msgspec.json.encode({**answer, "version": save.id, "lastModified": iso(save.created_at)})
