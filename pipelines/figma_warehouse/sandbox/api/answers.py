"""The body of every endpoint's answer, and the refusals, as the API words them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import msgspec

from figma_warehouse.sandbox.api import trees
from figma_warehouse.sandbox.api.signing import sign
from figma_warehouse.sandbox.contract import User

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from figma_warehouse.sandbox.contract import FileCard, Folder, Organisation, Published, Team

LIST_PAGE = 30
LIST_PAGE_MAX = 1000
TOKEN_USER = User("990000000000000001", "warehouse-bot")
THUMBNAIL_DAYS = 7
UNREADABLE_EDITORS = ("slides", "buzz", "sites", "make")


class RefusalError(Exception):
    """An answer other than 200: envelope A is `{status, err}`, envelope B `{error, status, message}`."""

    def __init__(self, status: int, message: str, envelope: str = "A") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.envelope = envelope

    def body(self) -> bytes:
        """The JSON of the refusal."""
        if self.envelope == "A":
            return msgspec.json.encode({"status": self.status, "err": self.message})
        return msgspec.json.encode({"error": True, "status": self.status, "message": self.message, "i18n": None})


class Drawn(NamedTuple):
    """An answer that is a picture, not JSON."""

    body: bytes
    media_type: str


@dataclass(frozen=True)
class Ask:
    """One request: the path's parameters and the query's, both decoded, and where it came in."""

    path: Mapping[str, str]
    query: Mapping[str, str] = field(default_factory=dict)
    base_url: str = ""

    def integer(
        self, name: str, default: int | None = None, most: int | None = None, envelope: str = "A"
    ) -> int | None:
        """A whole number of at least 1 from the query. Raises a 400 for anything else, `30.0` included."""
        if name not in self.query:
            return default
        given = self.query[name]
        if not given.isascii() or not given.isdigit() or int(given) < 1 or (most and int(given) > most):
            raise RefusalError(400, f"'{name}' must be a valid number", envelope)
        return int(given)

    def flag(self, name: str) -> bool:
        """Whether a boolean parameter is `true`."""
        return self.query.get(name) == "true"

    def ids(self) -> list[str]:
        """The node ids asked for, also when written with `-` as in addresses."""
        asked = [id_.strip() for id_ in self.query.get("ids", "").split(",") if id_.strip()]
        return [id_.replace("-", ":") if ":" not in id_ else id_ for id_ in asked]


def me(org: Organisation, ask: Ask) -> bytes:  # noqa: ARG001
    """GET /v1/me."""
    return msgspec.json.encode({**user_row(TOKEN_USER), "email": "sandbox@example.com"})


def team_folders(org: Organisation, ask: Ask) -> bytes:
    """GET /v2/teams/:id/folders."""
    team = readable_team(org, ask.path["team_id"])
    return msgspec.json.encode({"name": team.name, "folders": [folder_row(f) for f in org.folders(team.id, None)]})


def folder_folders(org: Organisation, ask: Ask) -> bytes:
    """GET /v2/folders/:id/folders."""
    folder = readable_folder(org, ask.path["folder_id"])
    below = [folder_row(child) for child in org.folders(folder.team_id, folder.id)]
    return msgspec.json.encode({"name": folder.name, "folders": below})


def folder_files(org: Organisation, ask: Ask) -> bytes:
    """GET /v2/folders/:id/files."""
    folder = readable_folder(org, ask.path["folder_id"])
    rows = [listed_row(org, card, ask.flag("branch_data")) for card in org.files(folder.id)]
    return msgspec.json.encode({"name": folder.name, "files": rows})


def team_projects(org: Organisation, ask: Ask) -> bytes:
    """GET /v1/teams/:id/projects: the folders right below the team, and no others."""
    team = readable_team(org, ask.path["team_id"])
    rows = [{"id": folder.id, "name": folder.name} for folder in org.folders(team.id, None)]
    return msgspec.json.encode({"name": team.name, "projects": rows})


def document(org: Organisation, ask: Ask) -> bytes:
    """GET /v1/files/:key, whole or cut down by `ids` and `depth`."""
    card = exportable_file(org, ask.path["file_key"])
    depth = ask.integer("depth")
    body = document_at(org, card, ask)
    if depth is None and "ids" not in ask.query:
        return _with_branch_data(org, card, body) if ask.flag("branch_data") else body
    answer = _cut(_decoded(body), ask.ids(), depth)
    body = msgspec.json.encode(answer)
    return _with_branch_data(org, card, body) if ask.flag("branch_data") else body


def document_nodes(org: Organisation, ask: Ask) -> bytes:
    """GET /v1/files/:key/nodes; an unknown id answers null."""
    if not ask.ids():
        raise RefusalError(400, "Missing required parameter: ids")
    card = exportable_file(org, ask.path["file_key"])
    depth = ask.integer("depth")
    answer = _decoded(document_at(org, card, ask))
    found = trees.find_nodes(answer["document"], set(ask.ids()))
    named = ("name", "lastModified", "thumbnailUrl", "version", "role", "editorType", "linkAccess")
    head = {name: answer[name] for name in named if name in answer}
    nodes = {id_: _node_entry(answer, found.get(id_), depth) for id_ in ask.ids()}
    return msgspec.json.encode({**head, "nodes": nodes})


def file_meta(org: Organisation, ask: Ask) -> bytes:
    """GET /v1/files/:key/meta."""
    card = known_file(org, ask.path["file_key"])
    folder = org.folder(card.folder_id)
    row = {
        "name": card.name,
        "folder_name": folder.name if folder else "",
        "last_touched_at": iso(card.last_modified),
        "creator": user_row(card.creator),
        "last_touched_by": user_row(card.toucher),
        "thumbnail_url": thumbnail(),
        "editorType": card.editor_type,
        "role": "viewer",
        "link_access": "org_view",
        "url": f"https://www.figma.com/design/{card.key}/{quote(card.name)}",
        "version": card.version,
    }
    return msgspec.json.encode({"file": row})


def team_library(kind: str) -> Callable[[Organisation, Ask], bytes]:
    """GET /v1/teams/:id/components, component_sets or styles, paged by exclusive integer cursors."""

    def answer(org: Organisation, ask: Ask) -> bytes:
        team = readable_team(org, ask.path["team_id"], envelope="B")
        rows = [row for row in org.published(kind) if row.team_id == team.id]
        page, cursor = _library_page(rows, ask)
        shown = [_published_row(org, ask, row) for row in page]
        return msgspec.json.encode(_meta({kind: shown, "cursor": cursor}))

    return answer


def file_library(kind: str) -> Callable[[Organisation, Ask], bytes]:
    """GET /v1/files/:key/components, component_sets or styles: main files only."""

    def answer(org: Organisation, ask: Ask) -> bytes:
        card = org.file(ask.path["file_key"])
        if card is None or card.main_key:
            raise RefusalError(404, "Not found", "B")
        rows = [_published_row(org, ask, row) for row in org.published(kind) if row.file_key == card.key]
        return msgspec.json.encode(_meta({kind: rows}))

    return answer


def library_item(kind: str) -> Callable[[Organisation, Ask], bytes]:
    """GET /v1/components/:key, component_sets/:key or styles/:key: published ones only."""

    def answer(org: Organisation, ask: Ask) -> bytes:
        for row in org.published(kind):
            if row.key == ask.path["key"]:
                return msgspec.json.encode(_meta(_published_row(org, ask, row)))
        raise RefusalError(404, "Not found", "B")

    return answer


def known_file(org: Organisation, key: str) -> FileCard:
    """The file of that key. Raises a 404."""
    card = org.file(key)
    if card is None:
        raise RefusalError(404, "Not found")
    return card


def exportable_file(org: Organisation, key: str) -> FileCard:
    """The file of that key, if its content may be read. Raises 404, 403 or 400."""
    card = known_file(org, key)
    if not card.is_exportable:
        raise RefusalError(403, "File not exportable")
    if card.editor_type in UNREADABLE_EDITORS:
        raise RefusalError(400, "File type not supported by this endpoint")
    return card


def document_at(org: Organisation, card: FileCard, ask: Ask) -> bytes:
    """The whole document at the version asked for. Raises a 404 for an unknown version."""
    body = org.document(card.key, ask.query.get("version"))
    if body is None:
        raise RefusalError(404, "Not found")
    return body


def readable_team(org: Organisation, team_id: str, envelope: str = "A") -> Team:
    """The team of that id. Raises 404, in that envelope, or 403 for one the token cannot see."""
    team = org.team(team_id)
    if team is None:
        raise RefusalError(404, "Not found", envelope)
    if not team.is_readable:
        raise RefusalError(403, "You don't have permission to view this team.")
    return team


def readable_folder(org: Organisation, folder_id: str) -> Folder:
    """The folder of that id. Raises 404, or 403 inside a team the token cannot see."""
    folder = org.folder(folder_id)
    if folder is None:
        raise RefusalError(404, "Not found")
    readable_team(org, folder.team_id)
    return folder


def folder_row(folder: Folder) -> dict[str, Any]:
    """A folder as the v2 listings show it."""
    return {"id": folder.id, "name": folder.name, "parent_folder_id": folder.parent_id}


def listed_row(org: Organisation, card: FileCard, with_branches: bool) -> dict[str, Any]:
    """A file as listings show it, with its branches when asked for."""
    row: dict[str, Any] = {
        "key": card.key,
        "name": card.name,
        "thumbnail_url": thumbnail(),
        "last_modified": iso(card.last_modified),
    }
    if with_branches:
        branches = [org.file(key) for key in card.branches]
        row["branches"] = [listed_row(org, branch, False) for branch in branches if branch]
    return row


def user_row(user: User) -> dict[str, str]:
    """A user as every answer shows one."""
    return {"id": user.id, "handle": user.handle, "img_url": f"https://s3-alpha.figma.com/profile/{user.id}"}


def thumbnail() -> str:
    """A signed address that differs on every call, as the real ones do."""
    path = f"https://s3-alpha.figma.com/thumbnails/{uuid.uuid4()}"
    return f"{path}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=604800&X-Amz-Signature={uuid.uuid4().hex}"


def iso(at: datetime) -> str:
    """A time as the API writes it: UTC, to the second, or finer where a recording is finer."""
    return at.isoformat().replace("+00:00", "Z")


def _meta(meta: object) -> dict[str, Any]:
    return {"status": 200, "error": False, "meta": meta, "i18n": None}


def _published_row(org: Organisation, ask: Ask, item: Published) -> dict[str, Any]:
    if "node_id" not in item.row:
        return item.row
    path = f"{item.file_key}/{item.row['node_id']}.png"
    return {**item.row, "thumbnail_url": sign(org, ask.base_url, path, THUMBNAIL_DAYS)}


def _library_page(rows: list[Published], ask: Ask) -> tuple[list[Published], dict[str, int]]:
    size = ask.integer("page_size", LIST_PAGE, LIST_PAGE_MAX) or LIST_PAGE
    after, before = ask.integer("after"), ask.integer("before")
    if after and before:
        raise RefusalError(400, "'before' and 'after' cannot be used together")
    if before:
        page = [row for row in rows if row.number < before][-size:]
    else:
        page = [row for row in rows if row.number > (after or 0)][:size]
    if not page or page[-1] is rows[-1]:
        return page, {}
    cursor = {"after": page[-1].number}
    return page, cursor if page[0] is rows[0] else {"before": page[0].number, **cursor}


def _with_branch_data(org: Organisation, card: FileCard, body: bytes) -> bytes:
    if card.main_key:
        added: dict[str, Any] = {"mainFileKey": card.main_key}
    else:
        added = {"branches": listed_row(org, card, True)["branches"]}
    # spliced in, not re-serialised: recorded answers stay as they were recorded
    return body.rstrip()[:-1] + b"," + msgspec.json.encode(added)[1:]


@lru_cache(maxsize=2)
def _decoded(body: bytes) -> dict[str, Any]:
    """The answer that parts are cut from, one request after the other; nobody may change it."""
    answer: dict[str, Any] = msgspec.json.decode(body)
    return answer


def _cut(answer: dict[str, Any], ids: list[str], depth: int | None) -> dict[str, Any]:
    tree = answer["document"]
    if ids:
        tree = trees.keep_branches(tree, set(ids)) or {**tree, "children": []}
    if depth is not None:
        tree = trees.cut_depth(tree, depth)
    maps = trees.maps_for(tree, answer)
    if not ids:
        maps = {name: entries | maps[name] for name, entries in trees.own_maps(answer).items()}
    return {**answer, "document": tree, **maps}


def _node_entry(answer: dict[str, Any], node: trees.Node | None, depth: int | None) -> dict[str, Any] | None:
    if node is None:
        return None
    tree = node if depth is None else trees.cut_depth(node, depth)
    return {"document": tree, **trees.maps_for(tree, answer), "schemaVersion": answer.get("schemaVersion", 0)}
