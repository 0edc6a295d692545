"""The comparison of two build files: two loads of one organisation must agree row for row."""

from collections.abc import Iterable
from pathlib import Path

import duckdb

from figma_warehouse.source.reasons import reasons_that
from figma_warehouse.source.schema import TABLES

# by which run a row came, and when
RUN_COLUMNS = ("run_id", "loaded_at", "first_seen_at", "last_seen_at", "seen_at", "rendered_at")
# how a document was downloaded: whole, or in parts
DOWNLOAD_COLUMNS = ("bytes", "parts", "last_version")
# tables that grow with each state a load sees, or with each try
HISTORY_TABLES = (
    "file_versions",
    "file_snapshots",
    "snapshot_components",
    "snapshot_styles",
    "component_states",
    "component_parts",
    "instance_events",
    "images",
)
TABLES_NOT_COMPARED = ("runs", "outcomes")
# columns with the time of a run, of any table or of one, and the expressions to compare instead
COMPARED_AS = {
    "removed_at": "removed_at is not null",
    "library_events.happened_at": "case when event <> 'unpublished' then happened_at end",
}
# of resources that have an outcome also when they succeed
LAST_OUTCOMES = """
select resource, item_id, status, reason
from (
    select *, row_number() over (partition by resource, item_id order by finished_at desc) as recency
    from {schema}.outcomes
    where status <> 'unchanged' and resource in ('documents', 'file_versions')
)
where recency = 1
"""


# a picture that fails in every try is left to the next run, and does not change the exit code
PICTURES_LEFT = f"""
select count(*)
from figma.outcomes
where
    resource = 'images' and reason in {tuple(sorted(reasons_that(lambda reason: reason.is_service_failure)))}
    and run_id = (select arg_max(run_id, started_at) from figma.runs)
"""

SKIPPED_FILES = """
select file_key
from figma.outcomes
where
    resource = 'documents'
    and status = 'skipped'
    and run_id = (select run_id from figma.runs order by started_at desc limit 1)
"""


def stored_versions(build: Path) -> dict[str, str]:
    """The version of each file's document in a build file. Raises duckdb.Error if the file is damaged."""
    if not build.exists():
        return {}
    with duckdb.connect(str(build), read_only=True) as connection:
        try:
            return dict(connection.execute("select file_key, version from figma.documents").fetchall())
        except duckdb.CatalogException:
            return {}


def skipped_files(build: Path) -> set[str]:
    """The files whose document the last load skipped or deferred, as its outcomes say."""
    with duckdb.connect(str(build), read_only=True) as connection:
        return {key for (key,) in connection.execute(SKIPPED_FILES).fetchall()}


def count_pictures_left(build: Path) -> int:
    """How many pictures the last load left to the next one."""
    with duckdb.connect(str(build), read_only=True) as connection:
        (left,) = connection.execute(PICTURES_LEFT).fetchone() or (0,)
    return int(left)


def find_differences(build: Path, undisturbed: Path, files_changed: bool = False) -> list[str]:
    """The differences between the tables of two build files, in words; empty if they agree.

    With `files_changed`, files changed or vanished during the load: then current rows must agree, and history must hold
    every row that the undisturbed load has.
    """
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for name, path in (("found", build), ("expected", undisturbed)):
            connection.execute(f"attach '{path}' as {name} (read_only)")
        return list(_compare(connection, files_changed))


def _compare(connection: duckdb.DuckDBPyConnection, files_changed: bool) -> Iterable[str]:
    for name in TABLES:
        if name in TABLES_NOT_COMPARED or (files_changed and name.endswith("_events")):
            continue
        yield from _find_rows(
            connection, name, "lost", _rows("expected", name, files_changed), _rows("found", name, files_changed)
        )
        if not (files_changed and name in HISTORY_TABLES):
            rows = _rows("found", name, files_changed), _rows("expected", name, files_changed)
            yield from _find_rows(connection, name, "too many", *rows)
    if not files_changed:
        found, expected = (LAST_OUTCOMES.format(schema=f"{name}.figma") for name in ("found", "expected"))
        yield from _find_rows(connection, "outcomes", "lost", expected, found)
        yield from _find_rows(connection, "outcomes", "too many", found, expected)


def _find_rows(
    connection: duckdb.DuckDBPyConnection, table: str, problem: str, these: str, others: str
) -> Iterable[str]:
    rows = connection.execute(f"({these}) except all ({others})").fetchall()
    if rows:
        yield f"{table}: {len(rows)} rows {problem}, such as {rows[0]}"


def _rows(schema: str, name: str, files_changed: bool) -> str:
    table = TABLES[name].schema
    excluded = {*RUN_COLUMNS, *DOWNLOAD_COLUMNS, *(["listed_modified_at"] if files_changed else [])}
    kept = [field.name for field in table if field.name not in excluded]
    columns = ", ".join(COMPARED_AS.get(f"{name}.{column}", COMPARED_AS.get(column, f'"{column}"')) for column in kept)
    only = " where removed_at is null" if files_changed and "removed_at" in kept else ""
    return f"select {columns} from {schema}.figma.{name}{only}"
