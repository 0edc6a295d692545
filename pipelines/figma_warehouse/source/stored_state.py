"""What the destination already holds, read back from its own tables: there is no second record that could disagree."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import dlt
import pyarrow as pa

from figma_warehouse.source.documents.file_load import Stored
from figma_warehouse.source.documents.unreadable import BY_THIS_FLATTENING
from figma_warehouse.source.file_ref import FileRef
from figma_warehouse.source.outcomes import Row
from figma_warehouse.source.reasons import ASKED_AGAIN_AFTER, REASONS
from figma_warehouse.source.resources import Group, resources_in
from figma_warehouse.source.schema import LAYER_COLUMNS, LAYER_TYPES, TABLES
from figma_warehouse.stored_tables import StoredTables

ReadRows = Callable[..., pa.Table]


@dataclass(frozen=True)
class StoredState:
    """Rows of the destination by key: documents, files, folders, published lists, and what was skipped last time.

    `loaded_at` has the time of the last load of each item of an EXTRA resource. `read` is `StoredTables.rows`.
    """

    documents: dict[str, Row] = field(default_factory=dict)
    files: dict[str, Row] = field(default_factory=dict)
    folders: dict[str, Row] = field(default_factory=dict)
    published: dict[str, dict[str, Row]] = field(default_factory=dict)
    skips: dict[tuple[str, str], Row] = field(default_factory=dict)
    loaded_at: dict[tuple[str, str], datetime] = field(default_factory=dict)
    read: ReadRows = lambda *_, **__: pa.table({})

    def version_ids(self, file_key: str) -> set[str]:
        """Return the ids of a file's versions that are stored."""
        if file_key not in self.files:
            return set()
        return set(self.read("file_versions", ["version_id"], file_key=file_key).to_pydict().get("version_id", ()))

    def stored(self, file_key: str) -> Stored:
        """Return what is stored of a file; no more of it is read than is asked for."""
        layers = partial(self.read, "nodes", LAYER_COLUMNS, file_key=file_key, type=LAYER_TYPES)
        has_failed = self.has_failed(file_key)
        return Stored(self.documents.get(file_key), has_failed, layers, partial(self.version_ids, file_key))

    def has_failed(self, file_key: str) -> bool:
        """Tell whether the last attempt to load the document failed because Figma or the connection did."""
        skip = self.skips.get(("documents", file_key))
        return skip is not None and REASONS[skip["reason"]].is_of_service

    def is_loaded(self, ref: FileRef) -> bool:
        """Tell whether the file is stored as the listing shows it, by its last edit and, where known, its version."""
        document = self.documents.get(ref.key)
        if document is None or (ref.version and ref.version != document["version"]):
            return False
        if ref.last_modified_at is None:
            return ref.version is not None
        states = {_second(document["listed_modified_at"]), _second(document["last_modified_at"])}
        return _second(ref.last_modified_at) in states

    def was_skipped(self, file_key: str) -> bool:
        """Tell whether the last attempt to load the document failed or was refused."""
        skip = self.skips.get(("documents", file_key))
        return skip is not None and not REASONS[skip["reason"]].is_deferred

    def is_refused(
        self,
        resource: str,
        item_id: str,
        last_modified_at: datetime | None,
        at: datetime,
        asked_again_after: timedelta = ASKED_AGAIN_AFTER,
    ) -> bool:
        """Tell whether an item was skipped in this very state of its file, and a request at this time is of no use.

        What somebody can lift at Figma is of use `asked_again_after` its refusal, and so is a document whose state
        nobody knows.
        """
        skip = self.skips.get((resource, item_id))
        if skip is None or skip["last_modified_at"] != last_modified_at:
            return False
        if is_permanent(skip):
            is_unknown_state = resource == "documents" and last_modified_at is None
            may_have_changed = is_unknown_state or REASONS[skip["reason"]].is_liftable
            return not (may_have_changed and at - skip["finished_at"] >= asked_again_after)
        return is_left_alone(skip, at)

    def present_files(self) -> Iterator[Row]:
        """Yield the stored files that are not known to be removed."""
        return (row for row in self.files.values() if row["removed_at"] is None)


def is_permanent(skip: Row) -> bool:
    """Tell whether another request for the same state of the item would end as this outcome."""
    if skip["reason"] == "unreadable":
        return (skip["detail"] or "").endswith(BY_THIS_FLATTENING)
    return REASONS[skip["reason"]].is_permanent


def is_left_alone(skip: Row, at: datetime) -> bool:
    """Tell whether an item failed in a way that a request before its `retry_at` would repeat."""
    return REASONS[skip["reason"]].is_of_service and skip["retry_at"] is not None and at < skip["retry_at"]


def read_stored_state(pipeline: dlt.Pipeline, *, is_extracting: bool = False) -> StoredState:
    """Read what the pipeline's destination holds; an empty one gives an empty StoredState. Raises NotRead."""
    stored, now = StoredTables(pipeline, is_extracting=is_extracting), datetime.now(UTC)

    def by_key(table: str) -> dict[str, Row]:
        (key,) = TABLES[table].key
        return {row[key]: row for row in stored.rows(table).to_pylist()}

    return StoredState(
        documents=by_key("documents"),
        files=by_key("files"),
        folders=by_key("folders"),
        published={resource.name: by_key(resource.name) for resource in resources_in(Group.PUBLISHED)},
        skips={(row["resource"], row["item_id"]): row for row in stored.last_skips(now).to_pylist()},
        loaded_at={
            (resource.name, row["item_id"]): row["finished_at"]
            for resource in resources_in(Group.EXTRA)
            for row in stored.last_loads(resource.name, now).to_pylist()
        },
        read=stored.rows,
    )


def _second(moment: Any) -> datetime | None:
    return moment.replace(microsecond=0) if moment else None
