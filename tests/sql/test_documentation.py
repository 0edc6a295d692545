import re
import shutil
from pathlib import Path

import pytest

from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.table_reference import table_reference
from tests.sql.builds import query

COLUMN = re.compile(r"^\| `(\w+)` \| .*? \| (.*) \|$", re.MULTILINE)


def test_every_mart_and_every_column_has_a_comment(warehouse: Path) -> None:
    assert [name for name, comment in _comments(warehouse).items() if not comment] == []


def test_the_comment_of_each_mart_begins_with_its_grain_and_says_which_rows_may_mislead(warehouse: Path) -> None:
    comments = {name: comment or "" for name, comment in _comments(warehouse).items()}
    columns = {name for name in comments if "." in name}
    marts = comments.keys() - columns

    assert [mart for mart in marts if not comments[mart].startswith("One row per ")] == []
    for column, word in (("is_conclusive", "is_conclusive"), ("is_branch", "ranch"), ("is_removed", "removed")):
        warned = [mart for mart in marts if f"{mart}.{column}" in columns]
        assert warned, column
        assert [mart for mart in warned if word not in comments[mart]] == []


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


def test_only_the_schema_internal_has_intermediate_models(warehouse: Path) -> None:
    named = query(warehouse, "select schema_name, table_name from duckdb_tables() order by all")

    assert {row["schema_name"] for row in named} == {"figma", "internal", "marts"}
    assert {row["schema_name"] for row in named if row["table_name"].startswith("int_")} == {"internal"}


def test_show_tables_lists_the_answers_with_their_descriptions(warehouse: Path) -> None:
    shown = [row["name"] for row in query(warehouse, "show tables")]
    marts = query(warehouse, "select table_name from duckdb_tables() where schema_name = 'marts' order by 1")

    assert shown == [row["table_name"] for row in marts]
    assert _comments(warehouse, "main", "duckdb_views()", "view_name") == _comments(warehouse)
    assert query(warehouse, "from component_usage order by all") == query(
        warehouse, "from marts.component_usage order by all"
    )


# two printed queries of version 0.1, with the schema of the old names
QUERIES_OF_0_1 = {
    """select style_name, style_type, "references", files, preview_color, preview_font, sample_url
       from version_0_1.orphaned_styles where kind = 'dangling' order by "references" desc, sample_url""": """
       select style_name, style_type, style_references, files_using, preview_color, preview_font, sample_url
       from marts.orphaned_styles where kind = 'dangling' order by style_references desc, sample_url""",
    """select style_name, style_type, slot, sum("references") as "references", count(distinct file_key) as files
       from version_0_1.style_usage group by style_key, style_name, style_type, slot order by all""": """
       select style_name, style_type, slot, sum(style_references), count(distinct file_key)
       from marts.style_usage group by style_key, style_name, style_type, slot order by all""",
}


@pytest.mark.parametrize(("earlier", "today"), QUERIES_OF_0_1.items(), ids=("orphaned_styles", "style_usage"))
def test_a_query_of_version_0_1_gives_the_rows_of_today(warehouse: Path, earlier: str, today: str) -> None:
    rows = query(warehouse, earlier)

    assert rows
    assert [tuple(row.values()) for row in rows] == [tuple(row.values()) for row in query(warehouse, today)]


def test_every_renamed_column_has_its_earlier_name_in_version_0_1(warehouse: Path) -> None:
    columns = query(
        warehouse,
        """
        select table_name, column_name from duckdb_columns() where schema_name = 'version_0_1'
        except select table_name, column_name from duckdb_columns() where schema_name = 'marts'
        """,
    )

    assert {(row["table_name"], row["column_name"]) for row in columns} == {
        ("component_reach", "created_at"),
        ("component_set_reach", "created_at"),
        ("library_changes", "url"),
        ("orphaned_styles", "files"),
        ("orphaned_styles", "references"),
        ("shadow_styles", "references"),
        ("style_usage", "references"),
        ("usage_history", "files"),
    }


def test_every_column_of_staging_has_a_comment_in_the_published_file(sample: DataDir) -> None:
    columns = "select table_name, column_name from duckdb_columns() where schema_name = 'staging' and comment is null"

    assert query(sample.published, f"{columns} order by all") == []


def test_the_published_file_has_no_tables_of_a_load_in_progress(sample: DataDir) -> None:
    schemas = query(sample.published, "select distinct schema_name from duckdb_schemas() where not internal")

    assert {row["schema_name"] for row in schemas} == {"figma", "internal", "marts", "staging", "version_0_1"}


def test_each_mart_with_a_team_has_its_name_and_the_path_of_the_folder(warehouse: Path) -> None:
    columns = _columns(warehouse)
    with_team = {mart for mart, names in columns.items() if "team_id" in names}

    assert len(with_team) >= 12
    assert {mart for mart in with_team if not columns[mart] >= {"team_name", "folder_id", "folder_path"}} == set()


def test_each_quantity_has_one_column_name_and_none_is_a_reserved_word(warehouse: Path) -> None:
    columns = _columns(warehouse)
    names = set().union(*columns.values())

    assert names.isdisjoint({"created_at", "files", "url"})
    reserved = query(warehouse, "select keyword_name from duckdb_keywords() where keyword_category = 'reserved'")
    assert names.isdisjoint(row["keyword_name"] for row in reserved)
    # Postgres reserves what DuckDB does not
    assert names.isdisjoint({"references", "user", "end"})


def _columns(warehouse: Path) -> dict[str, set[str]]:
    """Return the columns of each mart."""
    found: dict[str, set[str]] = {}
    for row in query(warehouse, "select table_name, column_name from duckdb_columns() where schema_name = 'marts'"):
        found.setdefault(row["table_name"], set()).add(row["column_name"])
    return found


def _comments(
    warehouse: Path, schema: str = "marts", tables: str = "duckdb_tables()", name: str = "table_name"
) -> dict[str, str | None]:
    """Return the comments of all marts, by mart, and of their columns, by mart and column."""
    commented = f"""
        select {name} as name, comment from {tables} where schema_name = '{schema}' and not internal
        union all
        select table_name || '.' || column_name as name, comment from duckdb_columns()
        where schema_name = '{schema}' and not internal
    """
    return {row["name"]: row["comment"] for row in query(warehouse, commented)}
