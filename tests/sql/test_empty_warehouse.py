import json

import pytest

from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.transform import run_dbt
from tests.sql.builds import query, write_raw_tables

pytestmark = pytest.mark.process

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


def test_an_empty_warehouse_passes_all_tests_and_its_marts_are_empty(data: DataDir) -> None:
    write_raw_tables(data, {})

    result = run_dbt(data, "build")

    assert result.returncode == 0, result.stdout
    names = [
        row["table_name"]
        for row in query(data.build, "select table_name from duckdb_tables() where schema_name = 'marts'")
    ]
    assert set(names) >= MARTS
    assert {
        name: query(data.build, f"select count(*) as rows from marts.{name}")[0]["rows"] for name in names
    } == dict.fromkeys(names, 0)
    assert "unit_test" in {
        _kind(result) for result in json.loads((data.dbt / "run_results.json").read_text())["results"]
    }


def _kind(result: dict[str, str]) -> str:
    return result["unique_id"].partition(".")[0]
