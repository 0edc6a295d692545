"""How little the command loads before it starts to work."""

import subprocess
import sys

import pytest

from figma_warehouse.data_dir import DataDir

pytestmark = pytest.mark.process

NOT_FOR_A_STATUS = ("altair", "marimo", "numpy", "pandas", "PIL", "polars", "pyarrow", "figma_warehouse.source.figma")
HEAVY = ("dlt", "duckdb", "fsspec", "marimo", "polars", "pyarrow", "requests", "rich.table", "sqlglot")
LIST_LOADED = """
import sys
sys.argv = ["figma-warehouse", *sys.argv[2:]]
from figma_warehouse.cli import main
try:
    main()
finally:
    print("loaded:", *sorted(sys.modules), file=sys.stderr)
"""


def _loaded_by(*arguments: str) -> set[str]:
    line = [sys.executable, "-c", LIST_LOADED, "--", *arguments]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    return set(done.stderr.partition("loaded: ")[2].split())


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["export", "--help"]])
def test_help_loads_no_library_of_the_job(arguments: list[str]) -> None:
    assert _loaded_by(*arguments) & {"typer", *HEAVY} == {"typer"}


def test_a_status_loads_neither_arrow_nor_the_source(loaded: DataDir) -> None:
    assert _loaded_by("status", "--data-dir", str(loaded.root)) & {"duckdb", *NOT_FOR_A_STATUS} == {"duckdb"}
