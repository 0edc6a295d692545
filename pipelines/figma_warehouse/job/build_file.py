"""Opening the build file: one process at a time, and only if this version knows its format."""

import importlib.metadata

import duckdb
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_fixed

from figma_warehouse.data_dir import DataDir
from figma_warehouse.failures import DamagedFile, UsageFailure, is_in_use, tells_damage

# raise it with every change of a raw table that older versions cannot read
WAREHOUSE_FORMAT = 1
# a status, or a short query of a person, may have the file open
TIMEOUT_SECONDS = 5.0
# of a DuckDB file, before its first block
HEADER_BYTES = 3 * 4096
TABLE_NAMES = """
select concat('"', schema_name, '"."', table_name, '"')
from duckdb_tables()
where not internal and not contains(concat(schema_name, table_name), '"')
"""
LAST_BLOCK = (
    "select max(greatest(block_id, list_max(additional_block_ids))) as last_block from pragma_storage_info('{}')"
)
SIZE = "(select block_size from pragma_database_size())"


def open_build(
    data: DataDir, *, read_only: bool = False, timeout: float = TIMEOUT_SECONDS
) -> duckdb.DuckDBPyConnection:
    """Open the build file. If another process has it open, wait for `timeout` seconds.

    Raises UsageFailure if a newer version of this program or of DuckDB wrote it, or if it is not a database.
    Raises DamagedFile if it is damaged, duckdb.Error if it stays in use.
    """
    retrying = Retrying(
        retry=retry_if_exception(is_in_use), stop=stop_after_delay(timeout), wait=wait_fixed(0.1), reraise=True
    )
    try:
        connection = retrying(duckdb.connect, str(data.build), read_only=read_only)
    except duckdb.Error as error:
        raise _open_error(data, error) from error
    try:
        _check_format(data, connection)
    except BaseException:
        connection.close()
        raise
    return connection


def check_build(data: DataDir) -> None:
    """Raise the errors of `open_build` and `check_length`, or nothing if there is no build file yet."""
    if data.build.exists():
        with open_build(data, read_only=True) as connection:
            check_length(data, connection)


def check_length(data: DataDir, connection: duckdb.DuckDBPyConnection) -> None:
    """Raise DamagedFile if the build file ends before its data does, or if its metadata is damaged; no data is read."""
    names = [name for (name,) in connection.execute(TABLE_NAMES).fetchall()]
    if not names:
        return
    last_blocks = " union all ".join(LAST_BLOCK.format(name.replace("'", "''")) for name in names)
    query = f"select max(last_block), any_value(block_size) from ({last_blocks}), {SIZE}"  # noqa: S608  # names of ours
    try:
        last_block, block_bytes = connection.execute(query).fetchone() or (None, 0)
    except duckdb.Error as error:
        raise _open_error(data, error) from error
    if last_block is not None and data.build.stat().st_size < HEADER_BYTES + (last_block + 1) * block_bytes:
        raise DamagedFile(data.build)


def _check_format(data: DataDir, connection: duckdb.DuckDBPyConnection) -> None:
    try:
        found = connection.execute("select max(warehouse_format) from figma.runs").fetchone()
    except duckdb.CatalogException:
        return
    if found and found[0] and found[0] > WAREHOUSE_FORMAT:
        version = importlib.metadata.version("figma-warehouse")
        raise UsageFailure(
            f"{data.build} has format {found[0]}, written by a newer version; this one ({version}) knows format"
            f" {WAREHOUSE_FORMAT}. Update figma-warehouse, or choose another --data-dir. Nothing was changed."
        )


def _open_error(data: DataDir, error: duckdb.Error) -> Exception:
    text = str(error)
    if "version number" in text or "newer" in text.lower():
        return UsageFailure(
            f"{data.build} was written by a newer DuckDB than {duckdb.__version__}. Update figma-warehouse,"
            " or choose another --data-dir. Nothing was changed."
        )
    if "not a valid DuckDB database" in text:
        return UsageFailure(
            f"{data.build} is not a DuckDB database, and there is no published file to start from. Move it away, and"
            " the next run loads everything; or choose another --data-dir. Nothing was changed."
        )
    return DamagedFile(data.build) if tells_damage(text) else error
