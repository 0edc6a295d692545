"""Publishing to Postgres: marts and small lists in one transaction, so that readers see the old or the new state.

The rows of a table are deleted and copied anew: no reader waits, and the grants and views that people made stay. Only a
table whose columns changed is dropped and made again.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, redirect_stderr
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from figma_warehouse.data_dir import DataDir
from figma_warehouse.failures import UsageFailure, WarehouseError
from figma_warehouse.job.exported_tables import ExportedColumn, ExportedTable, published_tables
from figma_warehouse.job.postgres_settings import PostgresSettings, is_published_after_run, read_postgres_settings
from figma_warehouse.known_settings import POSTGRES

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

BATCH_ROWS = 50_000
# as Postgres itself writes the names of types
TYPES = {
    "BOOLEAN": "boolean",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "DOUBLE": "double precision",
    "DATE": "date",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
}
TEXT = "text"
# the table of the schema that lists the others; only they are ever replaced
LIST = "published_tables"
LIST_COLUMNS = {"table_name": TEXT, "row_count": "bigint", "published_at": "timestamp with time zone"}
LIST_COMMENT = (
    "One row per table that figma-warehouse publish --to postgres wrote. It replaces and drops no other table"
)
LIST_COMMENTS = {
    "table_name": "Name of the table in this schema",
    "row_count": "Its rows",
    "published_at": "Start of the publication",
}
EXISTING = """
select pg_class.relname, pg_attribute.attname, format_type(pg_attribute.atttypid, pg_attribute.atttypmod)
from pg_class
inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
left join pg_attribute on
    pg_class.oid = pg_attribute.attrelid
    and pg_attribute.attnum > 0
    and not pg_attribute.attisdropped
where pg_namespace.nspname = %s and pg_class.relkind in ('r', 'p', 'v', 'm', 'f')
order by pg_class.relname, pg_attribute.attnum
"""
# a server that answers this way may accept the same login a minute later
TRANSIENT = ("starting up", "shutting down", "recovery mode", "too many clients", "connection slots")

Columns = Mapping[str, str]


@dataclass(frozen=True)
class PostgresReport:
    """What was published: the schema, and the number of tables and rows."""

    schema: str
    tables: int
    rows: int


def publish_to_postgres(data: DataDir) -> PostgresReport:
    """Replace the tables of the schema by those of the published file, with comments, in one transaction.

    Raises UsageFailure if the settings, the login or the permissions are wrong, if the schema has tables of others with
    the same names, or if another publication is active. Raises WarehouseError if Postgres fails or goes away: readers
    then see the last state.
    """
    _check_driver()
    settings = read_postgres_settings()
    with published_tables(data) as (source, tables), _transaction(settings) as cursor:
        _lock(cursor, settings.schema)
        existing = _prepare(cursor, settings.schema, tables)
        now, rows = datetime.now(UTC), dict[str, int]()
        for table in tables:
            _make(cursor, settings.schema, table, existing)
            rows[table.name] = _copy(cursor, settings.schema, table, source)
        _write_list(cursor, settings.schema, rows, now)
    return PostgresReport(settings.schema, len(rows), sum(rows.values()))


def is_postgres_wanted() -> bool:
    """Return whether a run publishes to Postgres. Raises UsageFailure if it does and the settings are wrong."""
    if not is_published_after_run():
        return False
    _check_driver()
    read_postgres_settings()
    return True


def _check_driver() -> None:
    try:
        import psycopg2  # noqa: F401  # only whether it is there
    except ImportError as error:
        raise UsageFailure(
            "publish --to postgres needs a driver: pip install 'figma-warehouse[postgres]'. Nothing was sent."
        ) from error


@contextmanager
def _transaction(settings: PostgresSettings) -> Iterator[Any]:
    """Give a cursor whose changes are committed together at the end. Errors of Postgres become ours, in one line."""
    import psycopg2

    try:
        connection = psycopg2.connect(**settings.connection)
    except psycopg2.Error as error:
        raise _refused(_line(error, settings)) from None
    try:
        # without a commit, the server undoes everything
        with closing(connection), connection.cursor() as cursor:
            yield cursor
            connection.commit()
    except psycopg2.Error as error:
        raise _failed(error, _line(error, settings)) from None


def _refused(line: str) -> WarehouseError:
    """Return the error for a connection that could not be made. `FATAL` is the server's own word."""
    if "FATAL" in line and not any(words in line for words in TRANSIENT):
        return UsageFailure(f"Postgres refused the login: {line}. Check url under [{POSTGRES}]. Nothing was sent.")
    if "SSL" in line:
        return UsageFailure(
            f"No encrypted connection to Postgres: {line}. Set sslmode in url under [{POSTGRES}]; disable sends"
            " everything in the clear. Nothing was sent."
        )
    return WarehouseError(f"No connection to Postgres: {line}. Nothing was sent.")


def _failed(error: Exception, line: str) -> WarehouseError:
    from psycopg2 import InterfaceError, OperationalError, errors

    stays = "The tables there stay as they were"
    if isinstance(error, errors.InsufficientPrivilege):
        return UsageFailure(
            f"Postgres does not permit it: {line}. Let the user create and write the tables of the schema under"
            f" [{POSTGRES}], or name another schema. {stays}."
        )
    if isinstance(error, errors.DependentObjectsStillExist):
        return UsageFailure(
            f"A table has new columns, and something depends on it: {line}. Drop that, publish, and make it again."
            f" {stays}."
        )
    is_lost = isinstance(error, InterfaceError) or (isinstance(error, OperationalError) and error.pgcode is None)
    if is_lost or isinstance(error, errors.AdminShutdown):
        return WarehouseError(f"The connection to Postgres was lost: {line}. {stays}: run the command again.")
    return WarehouseError(f"Postgres could not store the tables: {line}. {stays}.")


def _line(error: Exception, settings: PostgresSettings) -> str:
    """Return the first line of a message, without the password."""
    line = next(iter(str(error).strip().splitlines()), type(error).__name__).strip().rstrip(".")
    return line.replace(settings.password, "(a password)") if settings.password else line


def _lock(cursor: Any, schema: str) -> None:
    """Keep other publications to the schema out until the end of the transaction."""
    cursor.execute("select pg_try_advisory_xact_lock(hashtext(%s))", [f"figma-warehouse {schema}"])
    if cursor.fetchone() == (False,):
        raise UsageFailure(f"Another publication to the schema {schema} of Postgres is active. This one stops.")


def _prepare(cursor: Any, schema: str, tables: list[ExportedTable]) -> dict[str, Columns]:
    """Make the schema, and drop the tables of earlier publications that are no longer exported.

    Returns the columns of the tables of earlier publications. Raises UsageFailure if others have made tables of the
    same names.
    """
    from psycopg2 import sql

    cursor.execute("select 1 from pg_namespace where nspname = %s", [schema])
    if not cursor.fetchone():
        # not "if not exists", which needs the permission to create one even if it exists
        cursor.execute(sql.SQL("create schema {}").format(sql.Identifier(schema)))
    existing = _existing(cursor, schema)
    own = _own_tables(cursor, schema, existing)
    names = {table.name for table in tables}
    foreign = sorted(names & (existing.keys() - own))
    if foreign:
        raise UsageFailure(
            f"The schema {schema} of Postgres has a table {foreign[0]} that is of no earlier publication. Name another"
            f" schema under [{POSTGRES}]. The tables there stay as they were."
        )
    for name in sorted(own & existing.keys() - names):
        cursor.execute(sql.SQL("drop table {}").format(sql.Identifier(schema, name)))
    return {name: columns for name, columns in existing.items() if name in own & names}


def _existing(cursor: Any, schema: str) -> dict[str, dict[str, str]]:
    """Return the types of the columns by table and name, in their order."""
    cursor.execute(EXISTING, [schema])
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in cursor.fetchall():
        found.setdefault(table, {})
        if column is not None:
            found[table][column] = kind
    return found


def _own_tables(cursor: Any, schema: str, existing: Mapping[str, Columns]) -> set[str]:
    """Return the tables of earlier publications; make the list of them if it is missing."""
    from psycopg2 import sql

    name = sql.Identifier(schema, LIST)
    if LIST not in existing:
        _create(cursor, schema, LIST, LIST_COLUMNS)
        _comment(cursor, schema, LIST, LIST_COMMENT, LIST_COMMENTS)
        return set()
    if dict(existing[LIST]) != LIST_COLUMNS:
        raise UsageFailure(
            f"The schema {schema} of Postgres has another table {LIST}. Name another schema under [{POSTGRES}]. The"
            " tables there stay as they were."
        )
    cursor.execute(sql.SQL("select table_name from {}").format(name))
    return {table for (table,) in cursor.fetchall()}


def _make(cursor: Any, schema: str, table: ExportedTable, existing: Mapping[str, Columns]) -> None:
    """Empty a table, or make it if it does not exist or its columns have changed; and comment it."""
    from psycopg2 import sql

    name, columns = sql.Identifier(schema, table.name), {one.name: postgres_type(one) for one in table.columns}
    before = existing.get(table.name)
    # two dicts with other orders are equal
    if before is not None and list(before.items()) == list(columns.items()):
        cursor.execute(sql.SQL("delete from {}").format(name))
    else:
        if before is not None:
            cursor.execute(sql.SQL("drop table {}").format(name))
        _create(cursor, schema, table.name, columns)
    _comment(cursor, schema, table.name, table.comment, {one.name: one.comment for one in table.columns})


def postgres_type(column: ExportedColumn) -> str:
    """Return the type of a column in Postgres. What has no counterpart becomes text."""
    return TYPES.get(column.type, TEXT)


def _create(cursor: Any, schema: str, name: str, columns: Columns) -> None:
    from psycopg2 import sql

    defined = [sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(kind)) for column, kind in columns.items()]
    cursor.execute(sql.SQL("create table {} ({})").format(sql.Identifier(schema, name), sql.SQL(", ").join(defined)))


def _comment(cursor: Any, schema: str, name: str, comment: str | None, columns: Mapping[str, str | None]) -> None:
    from psycopg2 import sql

    on_column = sql.SQL("comment on column {} is {}")
    commands = [
        sql.SQL("comment on table {} is {}").format(sql.Identifier(schema, name), sql.Literal(comment)),
        *(on_column.format(sql.Identifier(schema, name, column), sql.Literal(it)) for column, it in columns.items()),
    ]
    # at once, because a server can be far away
    cursor.execute(sql.SQL(";").join(commands))


def _copy(cursor: Any, schema: str, table: ExportedTable, source: duckdb.DuckDBPyConnection) -> int:
    """Copy the rows of a table, and return their number."""
    from psycopg2 import sql

    command = sql.SQL("copy {} from stdin with (format csv)").format(sql.Identifier(schema, table.name))
    rows = 0
    for batch in source.sql(_as_text(table)).to_arrow_table().to_batches(BATCH_ROWS):
        # psycopg2 itself prints the first of two errors, if the server goes away
        with redirect_stderr(io.StringIO()):
            cursor.copy_expert(command, io.BytesIO(_csv(batch)))
        rows += batch.num_rows
    return rows


def _as_text(table: ExportedTable) -> str:
    """Return a query of all rows with each value as the text that both databases read in the same way."""
    values = ", ".join(f'cast("{column.name}" as varchar) as "{column.name}"' for column in table.columns)
    return f"select {values} from {table.source}"  # noqa: S608


def _csv(batch: pa.RecordBatch) -> bytes:
    """Return rows as CSV: values in quotes, nulls as nothing, so that an empty text is no null."""
    import pyarrow.csv as pa_csv

    buffer = io.BytesIO()
    pa_csv.write_csv(batch, buffer, pa_csv.WriteOptions(include_header=False, quoting_style="all_valid"))
    return buffer.getvalue()


def _write_list(cursor: Any, schema: str, rows: Mapping[str, int], at: datetime) -> None:
    from psycopg2 import sql

    name, row = sql.Identifier(schema, LIST), sql.SQL("({}, {}, {})")
    cursor.execute(sql.SQL("delete from {}").format(name))
    listed = [row.format(sql.Literal(table), sql.Literal(count), sql.Literal(at)) for table, count in rows.items()]
    cursor.execute(sql.SQL("insert into {} values {}").format(name, sql.SQL(", ").join(listed)))
