"""Fetches the version history of a file, newest first, until the first stored version; tier 2, link pagination."""

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
    """Fetches the version histories of a run. Several threads can share it.

    If the token lacks the scope, one request finds that out: histories are requested one at a time until the first
    succeeds, and none is requested after a `missing_scope`.
    """

    def __init__(self) -> None:
        self._first = threading.Lock()
        self._has_succeeded = False
        self._scope_refusal: tuple[str, Refused] | None = None

    def fetch(self, api: FigmaClient, file_key: str, stored_ids: Callable[[], Collection[str]]) -> list[Row]:
        """Return the result of `fetch_versions`. Raises Refused, without a request if the scope is missing."""
        # an abandoned thread may hold the lock after a stop
        api.meter.check_stop()
        with self._first:
            if not self._has_succeeded:
                return self._fetch_first(api, file_key, stored_ids)
        return fetch_versions(api, file_key, stored_ids())

    def _fetch_first(self, api: FigmaClient, file_key: str, stored_ids: Callable[[], Collection[str]]) -> list[Row]:
        if self._scope_refusal:
            first_key, refusal = self._scope_refusal
            detail = refusal.detail.replace(first_key, file_key)
            raise Refused(refusal.reason, refusal.status, detail, scopes=refusal.scopes)
        try:
            found = fetch_versions(api, file_key, stored_ids())
        except Refused as refusal:
            if refusal.reason == "missing_scope":
                self._scope_refusal = file_key, refusal
            raise
        self._has_succeeded = True
        return found


def fetch_versions(api: FigmaClient, file_key: str, stored_ids: Collection[str]) -> list[Row]:
    """Return the versions that are not in `stored_ids`, newest first, without duplicates. Raises Refused.

    Returns all of them or raises: the next load stops at the newest stored version, so a gap would never be filled.
    """
    new: dict[str, Row] = {}
    for answer in api.pages_by_link(FILE_VERSIONS.at(file_key=file_key), page_size=PAGE_SIZE):
        if not isinstance(answer.get("versions"), list):
            raise Refused("bad_body", detail="the response has no list of versions")
        page = {id_: version for version in objects_of(answer["versions"]) if (id_ := as_text(version.get("id")))}
        page_versions = {version_id: version for version_id, version in page.items() if version_id not in new}
        new |= {
            version_id: version_row(file_key, version)
            for version_id, version in page_versions.items()
            if version_id not in stored_ids
        }
        if not page_versions or any(version_id in stored_ids for version_id in page_versions):
            break
    return list(new.values())


def version_row(file_key: str, version: dict[str, Any]) -> Row:
    """Convert one version of a response to a row of `file_versions`."""
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
