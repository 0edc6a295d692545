"""Reads a pipeline's destination. All SQL that a load sends to its database is here.

It goes through dlt's SQL client and works in every destination. dlt's relations would need no SQL, but they analyse the
whole schema for each query, which takes ten times as long as the query.
"""

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

import dlt
import pyarrow as pa
from dlt.destinations.exceptions import DatabaseUndefinedRelation
from dlt.destinations.sql_client import SqlClientBase

from figma_warehouse.failures import NotRead

# a clock that ran ahead may have written rows with future times, which would always be the last ones
LAST_SKIPS = """
select *
from (
    select *, row_number() over (partition by resource, item_id order by finished_at desc) as recency
    from outcomes
    where status <> 'unchanged' and finished_at <= %s
) as ranked
where recency = 1 and status = 'skipped'
"""

LAST_LOADS = """
select item_id, finished_at, last_modified_at
from (
    select
        item_id, finished_at, last_modified_at,
        row_number() over (partition by item_id order by finished_at desc) as recency
    from outcomes
    where resource = %s and status = 'loaded' and finished_at <= %s
) as ranked
where recency = 1
"""

BINDS_LOCAL_VARIABLES = "select distinct file_key from node_variables where variable_key is null"

NEWEST_ACTIVITY = "select max(happened_at) as happened_at from activity_events"

# what the comments of a file decide about the next request for them: an open thread, and whether texts are stored
COMMENTED_FILES = """
select
    file_key,
    max(case when parent_id is null and resolved_at is null then 1 else 0 end) as open_threads,
    max(case when message is null then 0 else 1 end) as texts
from comments
group by file_key
"""

# the columns and tables in which nodes refer to what is published, and the maps that name it, by resource
KEY_COLUMNS = {
    "components": ("component_key", "nodes", "file_components"),
    "component_sets": ("component_set_key", "nodes", "file_component_sets"),
    "styles": ("style_key", "node_styles", "file_styles"),
}
REMOTE_KEYS = """
select used.item_key, remote.name, used.uses
from (
    select {key} as item_key, count(*) as uses
    from {uses}
    where {key} <> ''
    group by {key}
) as used
inner join (
    select {key} as item_key, min(name) as name
    from {names}
    group by {key}
    having max(case when is_remote then 0 else 1 end) = 0
) as remote on used.item_key = remote.item_key
"""

QueryValue = str | datetime | tuple[str, ...]


class StoredTables:
    """Reads tables of a pipeline's destination. A table that does not exist yet is returned without columns.

    Several threads can share it. All its methods raise NotRead. With `is_extracting`, the schemas of the pipeline are
    in use, so every table is queried, even if it may not exist.
    """

    def __init__(self, pipeline: dlt.Pipeline, *, is_extracting: bool = False) -> None:
        if not is_extracting and not pipeline.default_schema_name:
            pipeline.sync_destination()
        self._pipeline, self._is_extracting = pipeline, is_extracting
        self._lock = threading.Lock()
        self._existing: set[str] = set()

    def rows(self, table: str, columns: Sequence[str] = (), *, distinct: bool = False, **equal: QueryValue) -> pa.Table:
        """Return columns of a table (default: all) for the rows in which each column in `equal` has the given value.

        If the value is a tuple, any of its members matches.
        """
        values = [one for value in equal.values() for one in _values(value)]
        return self._read(table, lambda client: _select(client, table, columns, equal, distinct=distinct), *values)

    def last_skips(self, until: datetime) -> pa.Table:
        """Return the last outcome of each item, apart from `unchanged`, if it is `skipped`."""
        return self.query("outcomes", LAST_SKIPS, until)

    def last_loads(self, resource: str, until: datetime) -> pa.Table:
        """Return the last load of each item of a resource.

        The columns are item_id, finished_at, and last_modified_at, the last edit of the file that was then loaded.
        """
        return self.query("outcomes", LAST_LOADS, resource, until)

    def remote_keys(self, resource: str) -> pa.Table:
        """Return the keys of a published resource that nodes refer to and no document defines.

        The columns are item_key, name (as a document has it) and uses, the number of nodes.
        """
        key, uses, names = KEY_COLUMNS[resource]
        return self.query(uses, REMOTE_KEYS.format(key=key, uses=uses, names=names))

    def binding_local_variables(self) -> pa.Table:
        """Return the keys of the files that bind variables of their own, as the column file_key."""
        return self.query("node_variables", BINDS_LOCAL_VARIABLES)

    def newest_activity(self) -> datetime | None:
        """Return the time of the newest event of the activity log, None if there is none."""
        (newest,) = self.query("activity_events", NEWEST_ACTIVITY).to_pydict().get("happened_at", [None])
        moment: datetime | None = newest
        return moment

    def commented_files(self) -> pa.Table:
        """Return the files with comments: file_key, and 1 or 0 as open_threads and texts, whether any is stored."""
        return self.query("comments", COMMENTED_FILES)

    def query(self, table: str, sql: str, *values: str | datetime) -> pa.Table:
        """Return the result of a query on one table, with values for its `%s`."""
        return self._read(table, lambda _: sql, *values)

    def _read(self, table: str, sql_for: Any, *values: str | datetime) -> pa.Table:
        try:
            with self._lock:
                if not self._is_extracting and not self._exists(table):
                    return pa.table({})
                with self._client as client, client.execute_query(sql_for(client), *values) as cursor:
                    return cursor.arrow()
        except DatabaseUndefinedRelation:
            return pa.table({})
        except Exception as error:
            raise NotRead(f"the table {table} cannot be read") from error

    @cached_property
    def _client(self) -> SqlClientBase[Any]:
        # dlt takes longer to resolve its settings than most queries take
        return self._pipeline.sql_client()

    def _exists(self, table: str) -> bool:
        if table not in self._existing and self._pipeline.default_schema_name:
            self._existing.update(self._pipeline.default_schema.tables)
        return table in self._existing


def _select(
    client: SqlClientBase[Any], table: str, columns: Sequence[str], equal: Mapping[str, QueryValue], *, distinct: bool
) -> str:
    listed = ", ".join(map(client.escape_column_name, columns)) or "*"
    conditions = [
        f"{client.escape_column_name(column)} in ({', '.join(['%s'] * len(_values(value)))})"
        for column, value in equal.items()
    ]
    where = f" where {' and '.join(conditions)}" if conditions else ""
    chosen = f"{'distinct ' if distinct else ''}{listed}"
    return f"select {chosen} from {client.make_qualified_table_name(table)}{where}"  # noqa: S608


def _values(value: QueryValue) -> tuple[str | datetime, ...]:
    return value if isinstance(value, tuple) else (value,)
