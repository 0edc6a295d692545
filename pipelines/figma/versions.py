"""The version history of a file: newest first, by links, up to the first version that is known (tier 2)."""

from collections.abc import Collection
from typing import Any

from pipelines.figma.client import FigmaClient
from pipelines.figma.outcomes import Row
from pipelines.figma.refusals import Refused
from pipelines.figma.values import as_object, as_text, objects_of, parse_time

PAGE_SIZE = 50


def fetch_versions(api: FigmaClient, file_key: str, known: Collection[str]) -> list[Row]:
    """Return the versions that are not known yet, newest first, each once.

    All or none: a part of the history would hide the rest behind its newest version. Raises Refused.
    """
    fresh: dict[str, Row] = {}
    for answer in api.pages_by_link(f"/v1/files/{file_key}/versions", page_size=PAGE_SIZE):
        if not isinstance(answer.get("versions"), list):
            raise Refused("bad_body", detail="the answer holds no list of versions")
        page = {id_: version for version in objects_of(answer["versions"]) if (id_ := as_text(version.get("id")))}
        unseen = {version_id: version for version_id, version in page.items() if version_id not in fresh}
        fresh |= {
            version_id: version_row(file_key, version)
            for version_id, version in unseen.items()
            if version_id not in known
        }
        if not unseen or any(version_id in known for version_id in unseen):
            break
    return list(fresh.values())


def version_row(file_key: str, version: dict[str, Any]) -> Row:
    """Turn one version of an answer into a row of `file_versions`."""
    user = as_object(version.get("user"))
    return {
        "file_key": file_key,
        "version_id": as_text(version["id"]),
        "created_at": parse_time(version.get("created_at")),
        "label": as_text(version.get("label")),
        "description": as_text(version.get("description")),
        "user_id": as_text(user.get("id")),
        "user_handle": as_text(user.get("handle")),
    }
