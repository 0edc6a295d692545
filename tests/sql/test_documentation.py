import shutil
from pathlib import Path

from tests.sql.builds import query


def test_every_mart_and_each_of_its_columns_says_what_it_means(warehouse: Path) -> None:
    tables = query(warehouse, "select table_name from duckdb_tables() where schema_name = 'marts' and comment is null")
    columns = query(
        warehouse,
        "select table_name, column_name from duckdb_columns() where schema_name = 'marts' and comment is null",
    )

    assert tables == []
    assert columns == []


def test_the_views_survive_a_new_name_of_the_file(warehouse: Path, tmp_path: Path) -> None:
    renamed = tmp_path / "warehouse.duckdb"
    shutil.copy(warehouse, renamed)

    views = query(renamed, "select view_name from duckdb_views() where schema_name = 'staging'")

    assert len(views) >= 22
    for view in views:
        query(renamed, f"select count(*) as rows from staging.{view['view_name']}")


def test_models_are_in_two_schemas_of_their_own(warehouse: Path) -> None:
    schemas = query(warehouse, "select distinct schema_name from duckdb_tables() order by schema_name")

    assert [row["schema_name"] for row in schemas] == ["figma", "marts", "staging"]
