"""A small organisation whose files a test writes itself, for the sandbox to serve, and documents to write into them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pipelines.sandbox.contract import FigmaUsage, FileCard, Folder, Published, Team, User, VersionCard

Json = dict[str, Any]

TEAM = Team("1300000000000000001", "Drafts")
SECRET_TEAM = Team("1300000000000000002", "Board", is_readable=False)
TOP = Folder("41", "Apps", TEAM.id)
INNER = Folder("42", "Mobile", TEAM.id, TOP.id)
INMOST = Folder("43", "Old", TEAM.id, INNER.id)
OTHER = Folder("44", "Web", TEAM.id)
PERSON = User("77", "design-ops")
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def key_of(name: str) -> str:
    """A file key of the usual length that shows the file's name."""
    return name.ljust(22, "0")


HOME, SHOP, LIBRARY = key_of("home"), key_of("shop"), key_of("library")


@dataclass(frozen=True)
class Save:
    """One save; `version` may be that of the save before."""

    version: str
    at: datetime
    answer: Json


@dataclass
class Draft:
    """One file; an unlisted one answers when asked for, though no folder shows it."""

    key: str
    folder: Folder
    saves: list[Save] = field(default_factory=list)
    main_key: str | None = None
    editor_type: str = "figma"
    is_exportable: bool = True
    is_listed: bool = True
    is_deleted: bool = False


class DraftOrganisation:
    """An organisation of four folders in one team, and a second team that the token cannot see."""

    token = "figd_drafts-5d41402abc4b2a76"
    week = weeks = 0

    def __init__(self, *keys: str) -> None:
        self.at = START
        self.drafts: dict[str, Draft] = {}
        self.counted: dict[str, FigmaUsage] = {}
        self.things: dict[str, list[Published]] = {"components": [], "component_sets": [], "styles": []}
        for key in keys:
            self.add(key)

    @property
    def team_ids(self) -> list[str]:
        return [TEAM.id]

    def add(self, key: str, folder: Folder = TOP, answer: Json | None = None, **more: Any) -> Draft:
        """A new file with a first save."""
        self.drafts[key] = Draft(key, folder, **more)
        self.save(key, answer or full_answer())
        return self.drafts[key]

    def save(self, key: str, answer: Json, is_version: bool = True) -> None:
        """One more save, a minute after the last in the organisation."""
        self.at += timedelta(minutes=1)
        saves = self.drafts[key].saves
        version = str(2_400_000_000_000_000_000 + len(saves)) if is_version else saves[-1].version
        saves.append(Save(version, self.at, answer))

    def publish(self, kind: str, name: str, file_key: str = LIBRARY, **more: Any) -> None:
        """Publish a thing, or publish it again."""
        key = name.encode().hex().ljust(40, "0")
        row = {
            "key": key,
            "file_key": file_key,
            "node_id": "1:2",
            "name": name,
            "description": "",
            "created_at": "2026-01-05T10:00:00.250Z",
            "updated_at": "2026-02-05T10:00:00.500Z",
            "user": {"id": PERSON.id, "handle": PERSON.handle},
        }
        self.things[kind] = [one for one in self.things[kind] if one.key != key]
        self.things[kind].append(Published(len(self.things[kind]) + 1, TEAM.id, file_key, key, row | more))

    def unpublish(self, kind: str, name: str) -> None:
        self.things[kind] = [one for one in self.things[kind] if one.row["name"] != name]

    def advance(self, weeks: int = 1) -> None:
        self.at += timedelta(weeks=weeks)

    def team(self, team_id: str) -> Team | None:
        return next((team for team in (TEAM, SECRET_TEAM) if team.id == team_id), None)

    def folder(self, folder_id: str) -> Folder | None:
        return next((folder for folder in (TOP, INNER, INMOST, OTHER) if folder.id == folder_id), None)

    def folders(self, team_id: str, parent_id: str | None) -> Sequence[Folder]:
        everything = (TOP, INNER, INMOST, OTHER)
        return [one for one in everything if (one.team_id, one.parent_id) == (team_id, parent_id)]

    def files(self, folder_id: str) -> Sequence[FileCard]:
        there = [one for one in self.drafts.values() if one.folder.id == folder_id and not one.main_key]
        return [self._card(one) for one in there if one.is_listed and not one.is_deleted]

    def file(self, key: str) -> FileCard | None:
        draft = self.drafts.get(key)
        return self._card(draft) if draft and not draft.is_deleted else None

    def versions(self, key: str) -> Sequence[VersionCard]:
        newest = {save.version: save for save in self.drafts[key].saves}
        return [
            VersionCard(save.version, save.at, "Named" if number == 0 else None, None, PERSON)
            for number, save in reversed(list(enumerate(newest.values())))
        ]

    def document(self, key: str, version: str | None) -> bytes | None:
        save = next((one for one in reversed(self.drafts[key].saves) if version in (None, one.version)), None)
        if save is None:
            return None
        head = {"name": f"File {key.rstrip('0')}", "lastModified": save.at.isoformat(), "version": save.version}
        return json.dumps({**head, "editorType": self.drafts[key].editor_type, **save.answer}).encode()

    def published(self, kind: str) -> Sequence[Published]:
        return sorted(self.things[kind], key=lambda one: one.number)

    def figma_usage(self) -> dict[str, FigmaUsage]:
        return self.counted

    def _card(self, draft: Draft) -> FileCard:
        branches = tuple(one.key for one in self.drafts.values() if one.main_key == draft.key)
        return FileCard(
            draft.key,
            f"File {draft.key.rstrip('0')}",
            draft.folder.id,
            draft.saves[-1].version,
            draft.saves[-1].at,
            PERSON,
            PERSON,
            draft.editor_type,
            draft.is_exportable,
            draft.main_key,
            branches,
        )


def full_answer(text: str = "Pay") -> Json:
    """A document with rows for every node table: 7 nodes."""
    variable = {"type": "VARIABLE_ALIAS", "id": "VariableID:1:9"}
    red = {"type": "SOLID", "color": {"r": 1, "g": 0, "b": 0, "a": 1}, "boundVariables": {"color": variable}}
    label = {"id": "1:3", "type": "TEXT", "name": "Label", "characters": text, "styles": {"text": "9:2"}}
    button = {"id": "1:2", "type": "COMPONENT", "name": "State=On", "children": [label]}
    instance = {
        "id": "1:4",
        "type": "INSTANCE",
        "name": "Button",
        "componentId": "1:2",
        "componentProperties": {"State": {"type": "VARIANT", "value": "On"}},
        "overrides": [{"id": "I1:4;1:3", "overriddenFields": ["characters"]}],
        "fills": [red],
        "styles": {"fill": "9:1"},
        "children": [{"id": "I1:4;1:3", "type": "TEXT", "name": "Label", "characters": text}],
    }
    page = {"id": "0:1", "type": "CANVAS", "name": "Page", "children": [button, instance]}
    page["children"].append({"id": "1:5", "type": "RECTANGLE", "name": "Box"})  # type: ignore[attr-defined]
    return {
        "document": {"id": "0:0", "type": "DOCUMENT", "name": "Document", "children": [page]},
        "components": {"1:2": {"key": "c" * 40, "name": "State=On", "description": "", "componentSetId": "1:1"}},
        "componentSets": {"1:1": {"key": "5" * 40, "name": "Button", "description": ""}},
        "styles": {
            "9:1": {"key": "a" * 40, "name": "Red", "styleType": "FILL", "description": "", "remote": True},
            "9:2": {"key": "b" * 40, "name": "Body", "styleType": "TEXT", "description": "", "remote": True},
        },
    }


def unstyled_answer() -> Json:
    """The full document without a reference to a style; its map still has them."""
    answer: Json = json.loads(json.dumps(full_answer()))
    for layer in answer["document"]["children"][0]["children"]:
        layer.pop("styles", None)
        for child in layer.get("children", []):
            child.pop("styles", None)
    return answer


def poisoned_answer() -> bytes:
    """A document with a property whose value is nested deeper than can be written as text."""
    answer = full_answer()
    answer["document"]["children"][0]["children"][1]["componentProperties"]["State"]["value"] = "DEEP"
    deep = '{"a":' * 2000 + "1" + "}" * 2000
    head = {"name": "Home", "version": "1", "lastModified": "2026-03-02T09:01:00Z", "editorType": "figma"}
    return json.dumps(head | answer).replace('"DEEP"', deep).encode()


def empty_answer() -> Json:
    """A document of one page without layers: 2 nodes."""
    page = {"id": "0:1", "type": "CANVAS", "name": "Page", "children": []}
    document = {"id": "0:0", "type": "DOCUMENT", "name": "Document", "children": [page]}
    return {"document": document, "components": {}, "componentSets": {}, "styles": {}}
