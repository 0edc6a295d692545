import shutil
from pathlib import Path

import duckdb

from pipelines.settings import DataDir
from pipelines.transform import run_dbt
from tests.sql.builds import mart


def test_a_node_that_is_there_twice_stops_the_build_and_leaves_the_marts_as_they_were(
    warehouse: Path, data: DataDir
) -> None:
    data.make()
    shutil.copy(warehouse, data.build)
    with duckdb.connect(str(data.build)) as connection:
        connection.execute("insert into figma.nodes from figma.nodes where file_key = 'site'")

    result = run_dbt(data, "build", "--exclude-resource-type", "unit_test", "--select", "+component_usage")

    assert result.returncode == 1
    assert "FAIL" in result.stdout
    assert mart(data.build, "component_usage", "all") == mart(warehouse, "component_usage", "all")
