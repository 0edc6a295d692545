"""The version history of a file: newest first, by links, up to the first version that is known (tier 2)."""

import threading
from collections.abc import Callable, Collection
from typing import Any

from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.api.refusals import Refused
from figma_warehouse.source.api.values import as_object, as_text, objects_of, parse_time
from figma_warehouse.source.endpoints import FILE_VERSIONS
from figma_warehouse.source.outcomes import Row

PAGE_SIZE = 50


class Histories:
    """Fetches the histories of a run; safe from several threads.

    A token that may not see any of them is found out by one request: until one has come they are asked for one at a
    time, and after a refusal for want of the scope no more.
    """

    def __init__(self) -> None:
        self._first = threading.Lock()
        self._is_open = False
        self._missing: tuple[str, Refused] | None = None

    def fetch(self, api: FigmaClient, file_key: str, stored_ids: Callable[[], Collection[str]]) -> list[Row]:
        """Return what `fetch_versions` does. Raises Refused, without a request where that is known beforehand."""
        # once the run is to end, a thread that is left behind may hold the lock
        api.meter.check_stop()
        with self._first:
            if not self._is_open:
                return self._try(api, file_key, stored_ids)
        return fetch_versions(api, file_key, stored_ids())

    def _try(self, api: FigmaClient, file_key: str, stored_ids: Callable[[], Collection[str]]) -> list[Row]:
        if self._missing:
            first_key, refusal = self._missing
            detail = refusal.detail.replace(first_key, file_key)
            raise Refused(refusal.reason, refusal.status, detail, scopes=refusal.scopes)
        try:
            found = fetch_versions(api, file_key, stored_ids())
        except Refused as refusal:
            if refusal.reason == "missing_scope":
                self._missing = file_key, refusal
            raise
        self._is_open = True
        return found


def fetch_versions(api: FigmaClient, file_key: str, stored_ids: Collection[str]) -> list[Row]:
    """Return the versions that are not known yet, newest first, each once.

    All or none: a part of the history would hide the rest behind its newest version. Raises Refused.
    """
    fresh: dict[str, Row] = {}
    for answer in api.pages_by_link(FILE_VERSIONS.at(file_key=file_key), page_size=PAGE_SIZE):
        if not isinstance(answer.get("versions"), list):
            raise Refused("bad_body", detail="the answer holds no list of versions")
        page = {id_: version for version in objects_of(answer["versions"]) if (id_ := as_text(version.get("id")))}
        unseen = {version_id: version for version_id, version in page.items() if version_id not in fresh}
        fresh |= {
            version_id: version_row(file_key, version)
            for version_id, version in unseen.items()
            if version_id not in stored_ids
        }
        if not unseen or any(version_id in stored_ids for version_id in unseen):
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
