import shutil
from pathlib import Path

import duckdb

from tests.sql.builds import mart, run_dbt


def test_a_node_that_is_there_twice_stops_the_build_and_leaves_the_marts_as_they_were(
    warehouse: Path, tmp_path: Path
) -> None:
    path = tmp_path / "build.duckdb"
    shutil.copy(warehouse, path)
    with duckdb.connect(str(path)) as connection:
        connection.execute("insert into figma.nodes from figma.nodes where file_key = 'site'")

    result = run_dbt(path, tmp_path / "target", "build", "--exclude-resource-type", "unit_test")

    assert result.returncode == 1
    assert "FAIL" in result.stdout
    assert mart(path, "component_usage", "all") == mart(warehouse, "component_usage", "all")
