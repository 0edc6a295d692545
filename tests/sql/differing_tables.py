"""The tables of the models in which two warehouse files differ."""

from pathlib import Path

import duckdb

# what a build computes, and which files it is about to compute, are not rows of the organisation
OF_THE_BUILD = ("int_instances", "int_stale_files", "built_files")
TABLES = """
    select schema_name || '.' || table_name
    from duckdb_tables()
    where database_name = 'due' and schema_name in ('internal', 'marts')
"""


def differing_tables(found: Path, due: Path) -> list[str]:
    """Return the names of the tables of which one file has a row that the other has not."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for name, path in (("found", found), ("due", due)):
            connection.execute(f"attach '{path}' as {name} (read_only)")
        tables = [name for (name,) in connection.execute(TABLES).fetchall() if name.split(".")[1] not in OF_THE_BUILD]
        assert any(name.startswith("marts.") for name in tables)
        return [name for name in tables if _differ(connection, name)]


def _differ(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    pairs = (("found", "due"), ("due", "found"))
    queries = [f"(from {these}.{table} except all from {those}.{table}) limit 1" for these, those in pairs]
    return any(connection.execute(query).fetchall() for query in queries)
