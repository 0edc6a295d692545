"""What a data folder holds, made comparable: two loads of one organisation must agree row for row."""

from collections.abc import Iterable
from pathlib import Path

import duckdb

from figma_warehouse.source.reasons import reasons_that
from figma_warehouse.source.schema import TABLES

# which run brought a row, and when
OF_THE_RUN = ("run_id", "loaded_at", "first_seen_at", "last_seen_at", "seen_at", "rendered_at")
# how a document came: whole, or in parts
OF_THE_WAY = ("bytes", "parts", "last_version")
# grows with each state that was seen, or says what became of each try
HISTORY = ("file_versions", "file_snapshots", "snapshot_components", "snapshot_styles", "instance_events", "images")
NOT_COMPARED = ("runs", "outcomes")
# what tells when a run saw something, and is compared by what it says beside that
TOLD_BY = {
    "removed_at": "removed_at is not null",
    "happened_at": "case when event <> 'unpublished' then happened_at end",
}
# of what has an outcome when it succeeds too
LAST_OUTCOMES = """
select resource, item_id, status, reason
from (
    select *, row_number() over (partition by resource, item_id order by finished_at desc) as recency
    from {schema}.outcomes
    where status <> 'unchanged' and resource in ('documents', 'file_versions')
)
where recency = 1
"""


# a picture that failed in every try is left to the next run, and is no part of the exit code
PICTURES_LEFT = f"""
select count(*)
from figma.outcomes
where
    resource = 'images' and reason in {tuple(sorted(reasons_that(lambda reason: reason.is_of_service)))}
    and run_id = (select arg_max(run_id, started_at) from figma.runs)
"""

LEFT_OUT = """
select file_key
from figma.outcomes
where
    resource = 'documents'
    and status = 'skipped'
    and run_id = (select run_id from figma.runs order by started_at desc limit 1)
"""


def committed(build: Path) -> dict[str, str]:
    """The version of each file's document that the build file holds. Raises duckdb.Error where it is broken."""
    if not build.exists():
        return {}
    with duckdb.connect(str(build), read_only=True) as connection:
        try:
            return dict(connection.execute("select file_key, version from figma.documents").fetchall())
        except duckdb.CatalogException:
            return {}


def left_out(build: Path) -> set[str]:
    """The files whose document the last load skipped or put off, as it says itself."""
    with duckdb.connect(str(build), read_only=True) as connection:
        return {key for (key,) in connection.execute(LEFT_OUT).fetchall()}


def pictures_left(build: Path) -> int:
    """How many pictures the last load left to the next one."""
    with duckdb.connect(str(build), read_only=True) as connection:
        (left,) = connection.execute(PICTURES_LEFT).fetchone() or (0,)
    return int(left)


def differences(build: Path, calm: Path, has_moved: bool = False) -> list[str]:
    """Where the tables of one build file differ from those of another, in words; empty when they agree.

    With `has_moved`, files changed or vanished between the requests: then what is current must agree, and history
    must hold all that the calm one holds.
    """
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for name, path in (("found", build), ("due", calm)):
            connection.execute(f"attach '{path}' as {name} (read_only)")
        return list(_compare(connection, has_moved))


def _compare(connection: duckdb.DuckDBPyConnection, has_moved: bool) -> Iterable[str]:
    for name in TABLES:
        if name in NOT_COMPARED or (has_moved and name.endswith("_events")):
            continue
        yield from _differing(connection, name, "lost", _rows("due", name, has_moved), _rows("found", name, has_moved))
        if not (has_moved and name in HISTORY):
            rows = _rows("found", name, has_moved), _rows("due", name, has_moved)
            yield from _differing(connection, name, "too many", *rows)
    if not has_moved:
        found, due = (LAST_OUTCOMES.format(schema=f"{name}.figma") for name in ("found", "due"))
        yield from _differing(connection, "outcomes", "lost", due, found)
        yield from _differing(connection, "outcomes", "too many", found, due)


def _differing(connection: duckdb.DuckDBPyConnection, table: str, what: str, these: str, those: str) -> Iterable[str]:
    rows = connection.execute(f"({these}) except all ({those})").fetchall()
    if rows:
        yield f"{table}: {len(rows)} rows {what}, such as {rows[0]}"


def _rows(schema: str, name: str, has_moved: bool) -> str:
    table = TABLES[name].schema
    left_out = {*OF_THE_RUN, *OF_THE_WAY, *(["listed_modified_at"] if has_moved else [])}
    kept = [field.name for field in table if field.name not in left_out]
    columns = ", ".join(TOLD_BY.get(column, f'"{column}"') for column in kept)
    only = " where removed_at is null" if has_moved and "removed_at" in kept else ""
    return f"select {columns} from {schema}.figma.{name}{only}"
