"""Write `docs/tables.md` from the schema, so that one description serves the database and the reader."""

import sys
from pathlib import Path

import pyarrow as pa

from pipelines.figma.schema import TABLES, TOMBSTONE, Table

HEAD = """# Raw tables

Generated from `pipelines/figma/schema.py` by `make docs`; not to be edited. The tables lie in the schema `figma` of the
warehouse, with these words as comments. Keys are Figma's own; times are UTC, lengths canvas pixels. What the models
make of them is described in the schema `marts`: `select table_name, column_name, comment from duckdb_columns()`.
"""
SQL_TYPES = {
    pa.string(): "varchar",
    pa.int32(): "integer",
    pa.int64(): "bigint",
    pa.float64(): "double",
    pa.bool_(): "boolean",
    pa.timestamp("us", tz="UTC"): "timestamptz",
}


def table_reference() -> str:
    """Return the whole page as Markdown."""
    names = " · ".join(f"[{name}](#{name})" for name in TABLES)
    return "\n".join([HEAD, names, *(_section(table) for table in TABLES.values())])


def main() -> None:
    """Write the page to the given path, or with --check fail where it is not up to date."""
    *options, path = sys.argv[1:]
    page = Path(path)
    if "--check" not in options:
        page.write_text(table_reference())
    elif not page.exists() or page.read_text() != table_reference():
        sys.exit(f"{page} is not what the schema says. Run make docs.")


def _section(table: Table) -> str:
    replaced = " A load replaces the rows of a whole file." if table.replaced_by else ""
    key = ", ".join(f"`{column}`" for column in table.key)
    rows = [
        f"| `{field.name}` | {SQL_TYPES[field.type]} | {table.describe(field.name)} |"
        for field in table.schema
        if field.name != TOMBSTONE
    ]
    head = "| column | type | meaning |\n| --- | --- | --- |\n"
    return f"\n## {table.name}\n\n{table.description}. Key: {key}.{replaced}\n\n{head}" + "\n".join(rows)


if __name__ == "__main__":
    main()
