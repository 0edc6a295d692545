"""What the destination already holds: read back from its tables, so that no state of our own can disagree with them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import dlt
from dlt.destinations.exceptions import DatabaseUndefinedRelation

from pipelines.figma.discovery import FileRef, Listing
from pipelines.figma.outcomes import Row

# refusals that asking again cannot change while the file stays as it is
LASTING_REASONS = frozenset(
    {"not_exportable", "unsupported_type", "no_access", "not_found", "bad_request", "too_large"}
)

LAST_SKIPS = """
select *
from (
    select *, row_number() over (partition by resource, item_id order by finished_at desc) as recency
    from outcomes
    where status <> 'unchanged'
) as ranked
where recency = 1 and status = 'skipped'
"""

ReadTable = Callable[..., list[Row]]


@dataclass(frozen=True)
class Known:
    """Rows of the destination by key: documents, files, folders, published lists, and what was skipped last time."""

    documents: dict[str, Row] = field(default_factory=dict)
    files: dict[str, Row] = field(default_factory=dict)
    folders: dict[str, Row] = field(default_factory=dict)
    published: dict[str, dict[str, Row]] = field(default_factory=dict)
    skips: dict[tuple[str, str], Row] = field(default_factory=dict)
    read: ReadTable = lambda *_, **__: []

    def version_ids(self, file_key: str) -> set[str]:
        """Return the ids of a file's versions that are stored."""
        if file_key not in self.files:
            return set()
        return {row["version_id"] for row in self.read("file_versions", file_key=file_key)}

    def is_loaded(self, ref: FileRef) -> bool:
        """Tell whether the file is stored as the listing shows it, by its last edit and, where known, its version."""
        document = self.documents.get(ref.key)
        if document is None or (ref.version and ref.version != document["version"]):
            return False
        states = {_second(document["listed_modified_at"]), _second(document["last_modified_at"])}
        return ref.last_modified_at is not None and _second(ref.last_modified_at) in states

    def is_refused(self, ref: FileRef) -> bool:
        """Tell whether Figma refused this very state of the file for good, or said until when not to ask."""
        skip = self.skips.get(("documents", ref.key))
        if skip is None:
            return False
        if skip["retry_at"] is not None:
            return bool(skip["retry_at"] > datetime.now(UTC))
        is_same = ref.last_modified_at is not None and skip["last_modified_at"] == ref.last_modified_at
        return is_same and skip["reason"] in LASTING_REASONS

    def gone_from(self, listing: Listing) -> list[Row]:
        """Return the stored files that a complete listing of their team, or of their configured folder, lacks."""
        folder_ids = {folder["folder_id"] for folder in listing.folders}

        def is_covered(row: Row) -> bool:
            listed, where = (
                (folder_ids, row["folder_id"]) if row["team_id"] is None else (listing.team_ids, row["team_id"])
            )
            return where in listed - listing.failed

        present = (row for key, row in self.files.items() if row["removed_at"] is None and key not in listing.files)
        return [row for row in present if is_covered(row)]


def read_known(pipeline: dlt.Pipeline) -> Known:
    """Read what the pipeline's destination holds; an empty one gives an empty Known."""
    read = _reader(pipeline)
    return Known(
        documents=_by(read("documents"), "file_key"),
        files=_by(read("files"), "file_key"),
        folders=_by(read("folders"), "folder_id"),
        published={
            "components": _by(read("components"), "component_key"),
            "component_sets": _by(read("component_sets"), "component_set_key"),
            "styles": _by(read("styles"), "style_key"),
        },
        skips={(row["resource"], row["item_id"]): row for row in read("outcomes", query=LAST_SKIPS)},
        read=read,
    )


def _reader(pipeline: dlt.Pipeline) -> ReadTable:
    if not pipeline.default_schema_name:
        pipeline.sync_destination()

    def read(table: str, query: str | None = None, **equal: str) -> list[Row]:
        if not pipeline.default_schema_name or table not in pipeline.default_schema.tables:
            return []
        dataset = pipeline.dataset()
        relation = dataset.query(query) if query else dataset[table]
        for column, value in equal.items():
            relation = relation.where(column, "eq", value)
        try:
            rows: list[Row] = relation.arrow().to_pylist()
        except DatabaseUndefinedRelation:
            return []
        return rows

    return read


def _by(rows: Iterable[Row], key: str) -> dict[str, Row]:
    return {row[key]: row for row in rows}


def _second(moment: Any) -> datetime | None:
    return moment.replace(microsecond=0) if moment else None
