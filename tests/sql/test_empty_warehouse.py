import json
from pathlib import Path

from tests.sql.builds import query, run_dbt, write_raw_tables

MARTS = {
    "component_reach",
    "component_usage",
    "coverage",
    "file_activity",
    "file_freshness",
    "file_growth",
    "file_growth_weekly",
    "library_changes",
    "orphaned_styles",
    "style_usage",
    "unused_components",
    "usage_history",
}


def test_an_empty_warehouse_passes_all_tests_and_has_every_mart_empty(tmp_path: Path) -> None:
    path = tmp_path / "build.duckdb"
    write_raw_tables(path, {})

    result = run_dbt(path, tmp_path / "target", "build")

    assert result.returncode == 0, result.stdout
    names = [
        row["table_name"] for row in query(path, "select table_name from duckdb_tables() where schema_name = 'marts'")
    ]
    assert set(names) >= MARTS
    assert {
        name: query(path, f"select count(*) as rows from marts.{name}")[0]["rows"] for name in names
    } == dict.fromkeys(names, 0)
    assert "unit_test" in {
        _kind(result) for result in json.loads((tmp_path / "target/run_results.json").read_text())["results"]
    }


def _kind(result: dict[str, str]) -> str:
    return result["unique_id"].partition(".")[0]
