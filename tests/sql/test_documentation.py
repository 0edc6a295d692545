import re
import shutil
from pathlib import Path

from figma_warehouse.job.table_reference import table_reference
from tests.sql.builds import query

COLUMN = re.compile(r"^\| `(\w+)` \| .*? \| (.*) \|$", re.MULTILINE)


def test_every_mart_and_every_column_has_a_comment(warehouse: Path) -> None:
    assert [name for name, comment in _comments(warehouse).items() if not comment] == []


def test_the_table_reference_has_the_comments_of_the_database(warehouse: Path) -> None:
    marts = table_reference().partition("\n## Raw tables")[0].split("\n### ")[1:]
    written = {}
    for section in marts:
        name, _, text = section.partition("\n\n")
        written[name] = text.partition("\n\n")[0].removesuffix(".")
        written |= {f"{name}.{column}": meaning for column, meaning in COLUMN.findall(text)}

    assert written == _comments(warehouse)


def test_the_views_work_after_the_file_is_renamed(warehouse: Path, tmp_path: Path) -> None:
    renamed = tmp_path / "warehouse.duckdb"
    shutil.copy(warehouse, renamed)

    views = query(renamed, "select view_name from duckdb_views() where schema_name = 'staging'")

    assert len(views) >= 22
    for view in views:
        query(renamed, f"select count(*) as rows from staging.{view['view_name']}")


def test_the_models_have_two_schemas_of_their_own(warehouse: Path) -> None:
    schemas = query(warehouse, "select distinct schema_name from duckdb_tables() order by schema_name")

    assert [row["schema_name"] for row in schemas] == ["figma", "marts", "staging"]


def _comments(warehouse: Path) -> dict[str, str | None]:
    """Return the comments of all marts, by mart, and of their columns, by mart and column."""
    commented = """
        select table_name as name, comment from duckdb_tables() where schema_name = 'marts'
        union all
        select table_name || '.' || column_name as name, comment from duckdb_columns() where schema_name = 'marts'
    """
    return {row["name"]: row["comment"] for row in query(warehouse, commented)}
