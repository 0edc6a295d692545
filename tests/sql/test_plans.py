"""How DuckDB plans the models that read tables of nodes."""

import duckdb
import pytest

from figma_warehouse.data_dir import DataDir

NODES = ("nodes", "node_styles", "node_paints", "node_variables", "node_properties", "node_overrides", "node_effects")
# joins that compare each row of one side with each of the other
BY_PAIRS = ("NL_JOIN", "NESTED_LOOP_JOIN", "CROSS_PRODUCT")


@pytest.fixture
def compiled(loaded: DataDir) -> dict[str, str]:
    """The SQL of each model that reads a table of nodes, by its path."""
    models = (loaded.dbt / "compiled" / "figma_warehouse" / "models").rglob("*.sql")
    texts = {path: path.read_text() for path in models if not path.parent.name.endswith(".yml")}
    return {path.stem: text for path, text in texts.items() if any(f'"stg_{table}"' in text for table in NODES)}


def test_no_model_compares_each_node_with_each_other_row(loaded: DataDir, compiled: dict[str, str]) -> None:
    assert len(compiled) > 10
    by_pairs = {}
    with duckdb.connect(str(loaded.build), read_only=True) as connection:
        for name, text in compiled.items():
            plan = connection.execute(f"explain {text}").fetchall()[0][1]
            by_pairs[name] = [join for join in BY_PAIRS if join in plan]
    assert {name: joins for name, joins in by_pairs.items() if joins} == {}
