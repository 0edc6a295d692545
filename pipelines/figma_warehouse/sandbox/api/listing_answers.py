"""The listings: the token's user, the folders of a team, the files of a folder, and one file's metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from figma_warehouse.sandbox.answer_values import format_time, thumbnail_url, user_row
from figma_warehouse.sandbox.api.request_parameters import find_file, find_folder, find_team
from figma_warehouse.sandbox.organisation import User

if TYPE_CHECKING:
    from figma_warehouse.sandbox.api.request_parameters import RequestParameters
    from figma_warehouse.sandbox.organisation import FileInfo, Folder, Organisation

TOKEN_USER = User("990000000000000001", "warehouse-bot")


def me(org: Organisation, params: RequestParameters) -> bytes:  # noqa: ARG001
    """GET /v1/me."""
    return msgspec.json.encode({**user_row(TOKEN_USER), "email": "sandbox@example.com"})


def team_folders(org: Organisation, params: RequestParameters) -> bytes:
    """GET /v2/teams/:id/folders."""
    team = find_team(org, params.path["team_id"])
    return msgspec.json.encode({"name": team.name, "folders": [_folder_row(f) for f in org.folders(team.id, None)]})


def folder_folders(org: Organisation, params: RequestParameters) -> bytes:
    """GET /v2/folders/:id/folders."""
    folder = find_folder(org, params.path["folder_id"])
    children = [_folder_row(child) for child in org.folders(folder.team_id, folder.id)]
    return msgspec.json.encode({"name": folder.name, "folders": children})


def folder_files(org: Organisation, params: RequestParameters) -> bytes:
    """GET /v2/folders/:id/files, and GET /v1/projects/:id/files."""
    folder = find_folder(org, params.path["folder_id"])
    rows = [file_row(org, file, params.flag("branch_data")) for file in org.files(folder.id)]
    return msgspec.json.encode({"name": folder.name, "files": rows})


def team_projects(org: Organisation, params: RequestParameters) -> bytes:
    """GET /v1/teams/:id/projects: only the folders directly below the team."""
    team = find_team(org, params.path["team_id"])
    rows = [{"id": folder.id, "name": folder.name} for folder in org.folders(team.id, None)]
    return msgspec.json.encode({"name": team.name, "projects": rows})


def file_meta(org: Organisation, params: RequestParameters) -> bytes:
    """GET /v1/files/:key/meta."""
    file = find_file(org, params.path["file_key"])
    folder = org.folder(file.folder_id)
    row = {
        "name": file.name,
        "folder_name": folder.name if folder else "",
        "last_touched_at": format_time(file.last_modified),
        "creator": user_row(file.creator),
        "last_touched_by": user_row(file.last_editor),
        "thumbnail_url": thumbnail_url(),
        "editorType": file.editor_type,
        "role": "viewer",
        "link_access": "org_view",
        "url": f"https://www.figma.com/design/{file.key}/{quote(file.name)}",
        "version": file.version,
    }
    return msgspec.json.encode({"file": row})


def file_row(org: Organisation, file: FileInfo, with_branches: bool) -> dict[str, Any]:
    """A file as listings show it, with its branches if the request asks for them."""
    row: dict[str, Any] = {
        "key": file.key,
        "name": file.name,
        "thumbnail_url": thumbnail_url(),
        "last_modified": format_time(file.last_modified),
    }
    if with_branches:
        branches = [org.file(key) for key in file.branches]
        row["branches"] = [file_row(org, branch, False) for branch in branches if branch]
    return row


def _folder_row(folder: Folder) -> dict[str, Any]:
    return {"id": folder.id, "name": folder.name, "parent_folder_id": folder.parent_id}
