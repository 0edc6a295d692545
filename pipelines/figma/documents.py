"""One file as rows: its present document flattened, its snapshot, its new versions, and what became of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import pyarrow as pa

from pipelines.figma.client import FigmaClient, Refused
from pipelines.figma.collector import collector_paused
from pipelines.figma.discovery import FileRef, parse_time
from pipelines.figma.flatten import Tables, flatten_document, hash_content, tombstones, with_tombstones
from pipelines.figma.model import decode_document
from pipelines.figma.outcomes import Row, outcome, skipped
from pipelines.figma.schema import NODE_TABLES, TABLES
from pipelines.figma.snapshots import snapshot_tables
from pipelines.figma.versions import fetch_versions


@dataclass(frozen=True)
class Loaded:
    """What one file brings to the warehouse: rows by table. `nodes` is 0 where its content is not written."""

    ref: FileRef
    tables: Tables
    status: str
    nodes: int = 0


@dataclass(frozen=True)
class Fetched:
    """One state of a file, flattened; `size` in bytes of JSON."""

    name: str | None
    version: str
    last_modified_at: datetime | None
    editor_type: str | None
    size: int
    read_at: datetime
    tables: Tables


def fetch_document(api: FigmaClient, key: str) -> Fetched:
    """Read one file whole (tier 1) and flatten it. Raises Refused, also where the body stays unreadable."""
    return api.fetch(f"/v1/files/{key}", partial(read_document, key), branch_data=True)


def read_document(key: str, body: bytes) -> Fetched:
    """Flatten the body of an answer of `GET file`. Raises BadDocument."""
    # the tree is gone when the pause ends: the collector would look at every part of it at once
    with collector_paused():
        return _flattened(key, body)


def _flattened(key: str, body: bytes) -> Fetched:
    document = decode_document(body)
    return Fetched(
        name=document.name,
        version=document.version,
        last_modified_at=parse_time(document.last_modified),
        editor_type=document.editor_type,
        size=len(body),
        read_at=datetime.now(UTC),
        tables=flatten_document(key, document),
    )


def load_file(
    api: FigmaClient, ref: FileRef, stored: Row | None, known_versions: Collection[str], run_id: str
) -> Loaded:
    """Fetch and flatten one changed file; a refusal becomes its outcome row.

    `stored` is the file's row of `documents`, where it has one; its content is written again only if it differs.
    """
    about = {"file_key": ref.key, "name": ref.name, "last_modified_at": ref.last_modified_at}
    try:
        fetched = fetch_document(api, ref.key)
    except Refused as refusal:
        rows = [skipped(run_id, "documents", ref.key, refusal, **about)]
        return Loaded(ref, {"outcomes": as_table("outcomes", rows)}, "skipped")
    tables = _document_tables(ref, fetched, stored, run_id)
    rows = [outcome(run_id, "documents", ref.key, "loaded", **about)]
    try:
        versions = fetch_versions(api, ref.key, known_versions)
        if versions:
            tables["file_versions"] = as_table("file_versions", versions)
        rows.append(outcome(run_id, "file_versions", ref.key, "loaded", **about))
    except Refused as refusal:
        rows.append(skipped(run_id, "file_versions", ref.key, refusal, **about))
    tables["outcomes"] = as_table("outcomes", rows)
    return Loaded(ref, tables, "loaded", tables["file_snapshots"]["nodes"][0].as_py())


def load_versions(api: FigmaClient, ref: FileRef, known_versions: Collection[str], run_id: str) -> Loaded:
    """Fetch the version history that an earlier run could not have."""
    try:
        versions = fetch_versions(api, ref.key, known_versions)
    except Refused as refusal:
        row = skipped(run_id, "file_versions", ref.key, refusal, file_key=ref.key, name=ref.name)
        return Loaded(ref, {"outcomes": as_table("outcomes", [row])}, "unchanged")
    row = outcome(run_id, "file_versions", ref.key, "loaded", file_key=ref.key, name=ref.name)
    tables = {"file_versions": as_table("file_versions", versions), "outcomes": as_table("outcomes", [row])}
    return Loaded(ref, tables, "unchanged")


def remove_file(stored: Row, refusal: Refused, run_id: str) -> Loaded:
    """Take a file that is confirmed as gone out of the current tables; its snapshots stay."""
    ref = FileRef(stored["file_key"], stored["name"], stored["team_id"], stored["folder_id"])
    about = {"file_key": ref.key, "name": ref.name, "last_modified_at": stored["last_modified_at"]}
    row = outcome(run_id, "documents", ref.key, "removed", http_status=refusal.status, detail=refusal.detail, **about)
    tables = tombstones(ref.key, ["documents", *NODE_TABLES])
    tables["files"] = as_table("files", [stored | {"removed_at": row["finished_at"]}])
    tables["outcomes"] = as_table("outcomes", [row])
    return Loaded(ref, tables, "removed")


def as_table(name: str, rows: list[Row]) -> pa.Table:
    """Turn rows into a table of the schema, absent columns null."""
    return pa.Table.from_pylist(rows, schema=TABLES[name].schema)


def _document_tables(ref: FileRef, fetched: Fetched, stored: Row | None, run_id: str) -> Tables:
    """Return the tables of a read document; node tables only where the content differs from what is stored."""
    flattened = fetched.tables
    content_hash = hash_content(flattened)
    row = _document_row(ref, fetched, content_hash, run_id)
    tables = {"documents": as_table("documents", [row])}
    tables |= snapshot_tables(row, flattened)
    if stored is None or stored["content_hash"] != content_hash:
        tables |= with_tombstones(ref.key, flattened)
    return tables


def _document_row(ref: FileRef, fetched: Fetched, content_hash: str, run_id: str) -> Row:
    return {
        "file_key": ref.key,
        "name": fetched.name,
        "version": fetched.version,
        "last_modified_at": fetched.last_modified_at or ref.last_modified_at or fetched.read_at,
        "listed_modified_at": ref.last_modified_at,
        "loaded_at": fetched.read_at,
        "run_id": run_id,
        "bytes": fetched.size,
        "node_count": fetched.tables["nodes"].num_rows,
        "content_hash": content_hash,
        "editor_type": fetched.editor_type,
        "parts": 1,
    }
