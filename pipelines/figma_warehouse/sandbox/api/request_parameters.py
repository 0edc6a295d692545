"""The parameters of one request, and the resources they name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from figma_warehouse.sandbox.api.refusal_error import RefusalError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from figma_warehouse.sandbox.organisation import FileInfo, Folder, Organisation, Team

UNREADABLE_EDITORS = ("slides", "buzz", "sites", "make")


@dataclass(frozen=True)
class RequestParameters:
    """The parameters in the path and in the query, both decoded, and the server's own address."""

    path: Mapping[str, str]
    query: Mapping[str, str] = field(default_factory=dict)
    base_url: str = ""

    def integer(
        self, name: str, default: int | None = None, maximum: int | None = None, envelope: str = "A"
    ) -> int | None:
        """A whole number of at least 1 from the query. Raises a 400 for anything else, `30.0` included."""
        if name not in self.query:
            return default
        given = self.query[name]
        if not given.isascii() or not given.isdigit() or int(given) < 1 or (maximum and int(given) > maximum):
            raise RefusalError(400, f"'{name}' must be a valid number", envelope)
        return int(given)

    def flag(self, name: str) -> bool:
        """Whether a boolean parameter is `true`."""
        return self.query.get(name) == "true"

    def node_ids(self) -> list[str]:
        """The node ids in `ids`, with `:`. The `-` of page addresses is accepted as well."""
        ids = [id_.strip() for id_ in self.query.get("ids", "").split(",") if id_.strip()]
        return [id_.replace("-", ":") if ":" not in id_ else id_ for id_ in ids]


def find_file(org: Organisation, key: str) -> FileInfo:
    """The file of that key. Raises a 404."""
    file = org.file(key)
    if file is None:
        raise RefusalError(404, "Not found")
    return file


def find_exportable_file(org: Organisation, key: str) -> FileInfo:
    """The file of that key, if its content can be read. Raises a 404, 403 or 400."""
    file = find_file(org, key)
    if not file.is_exportable:
        raise RefusalError(403, "File not exportable")
    if file.editor_type in UNREADABLE_EDITORS:
        raise RefusalError(400, "File type not supported by this endpoint")
    return file


def find_document(org: Organisation, file: FileInfo, params: RequestParameters) -> bytes:
    """The whole document, at the `version` in the query if there is one. Raises a 404 for an unknown version."""
    body = org.document(file.key, params.query.get("version"))
    if body is None:
        raise RefusalError(404, "Not found")
    return body


def find_team(org: Organisation, team_id: str, envelope: str = "A") -> Team:
    """The team of that id. Raises a 404 in that envelope, or a 403 if the token cannot read the team."""
    team = org.team(team_id)
    if team is None:
        raise RefusalError(404, "Not found", envelope)
    if not team.is_readable:
        raise RefusalError(403, "You don't have permission to view this team.")
    return team


def find_folder(org: Organisation, folder_id: str) -> Folder:
    """The folder of that id. Raises a 404, or a 403 if the token cannot read its team."""
    folder = org.folder(folder_id)
    if folder is None:
        raise RefusalError(404, "Not found")
    find_team(org, folder.team_id)
    return folder
