"""Thumbnails or renders of published components and component sets; only of those that changed.

The bytes of a picture are stored before its row. Thumbnails need no request, because the published lists contain their
URLs. Renders need one tier-1 request per 50 nodes. They come last, so that they use only what documents leave over.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import groupby
from operator import attrgetter

from figma_warehouse.source.api.refusals import FigmaError, Refused, as_refusal
from figma_warehouse.source.documents.flatten import Tables, concat_tables
from figma_warehouse.source.documents.text_hash import hash_texts
from figma_warehouse.source.outcomes import Row, skipped
from figma_warehouse.source.pictures.asset_folder import NotStored
from figma_warehouse.source.pictures.image_fills import ImageFills
from figma_warehouse.source.pictures.picture_job import (
    NONE,
    THUMBNAILS,
    Imaging,
    PictureJob,
    PictureRequest,
)
from figma_warehouse.source.pictures.rendering import Rendered, render_nodes
from figma_warehouse.source.pictures.subtree_hashes import SUBTREE_TABLES, subtree_hashes
from figma_warehouse.source.refresh import Refresh
from figma_warehouse.source.resources import Group, resources_in
from figma_warehouse.source.schema import as_table

LOG = logging.getLogger(__name__)
BATCH_PICTURES = 200

FILE_KEY = attrgetter("file_key")


@dataclass(frozen=True)
class PublishedItem:
    """One published component or component set. `thumbnail_url` is None if the published list has none."""

    file_key: str
    node_id: str
    published_at: datetime | None
    thumbnail_url: str | None

    @property
    def item_id(self) -> str:
        """Its id in the outcomes."""
        return f"{self.file_key}/{self.node_id}"

    @property
    def key(self) -> Row:
        """The columns of its row that are known before the picture is."""
        return {"file_key": self.file_key, "node_id": self.node_id, "published_at": self.published_at}


def picture_tables(refresh: Refresh, imaging: Imaging) -> Iterator[Tables]:
    """Yield rows of `images`, `image_fills` and `outcomes`, some hundred at a time. Their bytes are already stored.

    Call it after the documents are loaded. A picture that fails becomes an outcome; nothing is raised for it.
    """
    batch: list[Tables] = []
    rows, stop = 0, refresh.api.stop
    for tables in _all_tables(refresh, imaging):
        batch.append(tables)
        rows += sum(table.num_rows for table in tables.values())
        # each batch takes a while to store; once the refresh is stopped, the remaining outcomes form one batch
        if rows >= BATCH_PICTURES and not stop.reason:
            yield concat_tables(batch)
            batch, rows = [], 0
    if batch:
        yield concat_tables(batch)


def _all_tables(refresh: Refresh, imaging: Imaging) -> Iterator[Tables]:
    """Yield the tables of all pictures. If the folder cannot be written, log it, yield an outcome and end."""
    try:
        yield from ImageFills(refresh, imaging).all_tables()
        yield from Images(refresh, imaging).all_tables()
    except NotStored as failure:
        LOG.warning("%s", failure)
        row = skipped(refresh.run_id, Images.resource, "assets", Refused("put_off", detail=str(failure)))
        yield {"outcomes": as_table("outcomes", [row])}


class Images(PictureJob):
    """The resource `images`."""

    resource = "images"

    def all_tables(self) -> Iterator[Tables]:
        """Yield the thumbnails of all files, or their renders. What has no address of a thumbnail gets no picture."""
        if self.imaging.images == NONE:
            return
        items = sorted(self._published_items(), key=attrgetter("file_key", "node_id"))
        if self.imaging.images == THUMBNAILS:
            for file_key, group in groupby((one for one in items if one.thumbnail_url), key=FILE_KEY):
                yield from self._thumbnails(file_key, list(group))
            return
        for file_key, group in groupby(items, key=FILE_KEY):
            yield from self._renders(file_key, list(group))

    @cached_property
    def _stored(self) -> dict[tuple[str, str], Row]:
        return {(row["file_key"], row["node_id"]): row for row in self.read("images")}

    @cached_property
    def _documents(self) -> dict[str, Row]:
        return {row["file_key"]: row for row in self.read("documents")}

    def _published_items(self) -> Iterator[PublishedItem]:
        for resource in (one.name for one in resources_in(Group.PUBLISHED) if one.is_drawn):
            for row in self.refresh.published(resource)[0]:
                if row["removed_at"] is None and row["file_key"] and row["node_id"]:
                    yield PublishedItem(row["file_key"], row["node_id"], row["updated_at"], row.get("thumbnail_url"))

    def _thumbnails(self, file_key: str, items: list[PublishedItem]) -> Iterator[Tables]:
        outdated = [one for one in items if not self._is_current_thumbnail(one)]
        requests = [PictureRequest(one.item_id, one.key | {"kind": "thumbnail"}, one.thumbnail_url) for one in outdated]
        for start in range(0, len(outdated), BATCH_PICTURES):
            yield self.tables(self.store(requests[start : start + BATCH_PICTURES]))
            self.check_stored()
        self.record_outcome(file_key, "loaded" if outdated else "unchanged")
        yield self.tables([])

    def _is_current_thumbnail(self, one: PublishedItem) -> bool:
        row = self._stored.get((one.file_key, one.node_id))
        return row is not None and row["kind"] == "thumbnail" and row["published_at"] == one.published_at

    def _renders(self, file_key: str, items: list[PublishedItem]) -> Iterator[Tables]:
        refusal = self.earlier_refusal(file_key) or self._missing_document(file_key)
        if refusal:
            self.record_outcome(file_key, "skipped", refusal)
            yield self.tables([])
            return
        # the comparison takes a while, so it is skipped once the refresh is stopped
        if not all(map(self._is_current_render, items)) and self.is_stopped():
            self.record_outcome(file_key, "loaded")
            yield self.tables([])
            return
        unchanged, outdated = self._compare(file_key, items)
        status, refusal = "loaded" if outdated else "unchanged", None
        try:
            with self.for_team_of(file_key):
                for batch in render_nodes(self.refresh.api, file_key, list(outdated), self.imaging.options):
                    yield self.tables(self.store([_request(outdated[one.node_id], one) for one in batch]))
                    self.check_stored()
        except FigmaError as error:
            refusal = as_refusal(error)
        self.record_outcome(file_key, status, refusal)
        yield self.tables(unchanged)

    def _missing_document(self, file_key: str) -> Refused | None:
        if file_key in self._documents or file_key not in self.refresh.listing.files:
            return None
        return Refused("not_loaded", detail="the file's document is not loaded")

    def _compare(self, file_key: str, items: list[PublishedItem]) -> tuple[list[Row], dict[str, Row]]:
        """Return the stored rows whose picture is still right for the newer state of the file, and the rows to render.

        A node is rendered again if the state of the file changed and the content hash of the node did too.
        """
        moved = [one for one in items if not self._is_current_render(one)]
        hashes = self._content_hashes(file_key, moved)
        unchanged, outdated = [], {}
        for one in moved:
            row = one.key | self._state(file_key) | {"content_hash": hashes[one.node_id]}
            stored = self._stored.get((file_key, one.node_id))
            if stored and self._has_same_options(stored) and stored["content_hash"] == row["content_hash"]:
                unchanged.append(stored | row)
            else:
                outdated[one.node_id] = row | {"kind": "render", "wanted_scale": self.imaging.options.scale}
        return unchanged, outdated

    def _is_current_render(self, one: PublishedItem) -> bool:
        stored = self._stored.get((one.file_key, one.node_id))
        if stored is None or not self._has_same_options(stored):
            return False
        state = self._state(one.file_key)
        # if the file is not loaded, only the published list can show a change
        is_same_publication = one.file_key in self._documents or stored["published_at"] == one.published_at
        return is_same_publication and all(stored[name] == value for name, value in state.items())

    def _has_same_options(self, stored: Row) -> bool:
        options = self.imaging.options
        is_format = stored["format"] in (None, options.format)
        return stored["kind"] == "render" and is_format and stored["wanted_scale"] == options.scale

    def _state(self, file_key: str) -> Row:
        document = self._documents.get(file_key, {})
        return {name: document.get(name) for name in ("version", "last_modified_at")}

    def _content_hashes(self, file_key: str, items: list[PublishedItem]) -> dict[str, str]:
        """Hash the stored content of each node with its publication time, because vector outlines are not stored."""
        hashes: dict[str, str] = {}
        if items and file_key in self._documents:
            tables = {name: self.refresh.stored_state.read(name, file_key=file_key) for name in SUBTREE_TABLES}
            hashes = subtree_hashes(tables, (one.node_id for one in items))
        return {one.node_id: hash_texts([hashes.get(one.node_id, ""), _moment(one.published_at)]) for one in items}


def _request(row: Row, rendered: Rendered) -> PictureRequest:
    item_id = f"{row['file_key']}/{row['node_id']}"
    return PictureRequest(item_id, row | {"scale": rendered.scale}, rendered.url, rendered.refusal)


def _moment(at: datetime | None) -> str:
    return str(at.timestamp()) if at else ""
