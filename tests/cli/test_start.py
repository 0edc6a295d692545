"""How little the command loads before it starts to work."""

import os
import platform
import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from figma_warehouse.data_dir import DataDir

pytestmark = pytest.mark.process

NOT_FOR_A_STATUS = ("altair", "marimo", "numpy", "pandas", "PIL", "polars", "pyarrow", "figma_warehouse.source.figma")
HEAVY = ("dlt", "duckdb", "fsspec", "marimo", "polars", "pyarrow", "requests", "rich.table", "sqlglot")
LIST_LOADED = """
import sys
sys.argv = ["figma-warehouse", *sys.argv[2:]]
from figma_warehouse.__main__ import main
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


def test_the_version_is_that_of_the_package_and_of_the_libraries_that_write_its_files() -> None:
    line = [sys.executable, "-m", "figma_warehouse", "--version"]
    said = subprocess.run(line, capture_output=True, text=True, check=True).stdout

    parts = dict(part.rsplit(" ", 1) for part in said.strip().split(", "))
    assert parts.pop("Python") == platform.python_version()
    assert parts == {name: version(name) for name in ("figma-warehouse", "duckdb", "dlt", "dbt-core")}


@pytest.mark.parametrize(
    ("words", "completed"), [("figma-warehouse tr", "transform"), ("figma-warehouse run --max-m", "--max-minutes")]
)
def test_a_shell_completes_verbs_and_options(words: str, completed: str) -> None:
    asked = {"_FIGMA_WAREHOUSE_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    line = [str(Path(sys.executable).with_name("figma-warehouse"))]
    done = subprocess.run(line, env=os.environ | asked, capture_output=True, text=True, check=True)

    assert done.stdout.split() == [completed]


def test_ctrl_c_during_the_imports_of_a_command_prints_no_traceback() -> None:
    line = [sys.executable, "-X", "importtime", "-m", "figma_warehouse", "status"]
    with subprocess.Popen(line, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        next(imported for imported in process.stderr if "figma_warehouse.failures" in imported)
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()

    assert process.returncode == -signal.SIGINT
    assert "Traceback" not in rest
