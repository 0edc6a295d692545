"""The plan of the package: which way imports point, names that mean one thing, and what stays light."""

import ast
import pkgutil
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

import figma_warehouse.source.api

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "pipelines" / "figma_warehouse"
MODULES = sorted(PACKAGE.rglob("*.py"))
# its own record of what was sent, in SQLite; the warehouse is not meant
OWN_RECORD = PACKAGE / "source" / "api" / "budget.py"
SQL = re.compile(r"(?is)\s*(select|insert|update|delete|create|alter|with)\s.*\s(from|into|set|table|as)\s")
HEAVY = ("dlt", "pyarrow", "duckdb", "polars")
LEAVES = [
    *(f"figma_warehouse.source.{name}" for name in ("addresses", "endpoints", "file_ref", "outcomes", "reasons")),
    "figma_warehouse.source.resources",
    *(f"figma_warehouse.source.api.{one.name}" for one in pkgutil.iter_modules(figma_warehouse.source.api.__path__)),
]


@pytest.mark.process
def test_imports_keep_to_the_contracts() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_no_two_modules_share_a_name() -> None:
    named = [path.stem for path in MODULES if path.stem != "__init__"]
    assert sorted(set(named)) == sorted(named)


def test_no_two_public_classes_share_a_name() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(path.relative_to(PACKAGE).as_posix())
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


@pytest.mark.process
@pytest.mark.parametrize("module", LEAVES)
def test_a_leaf_module_of_the_source_loads_no_large_library(module: str) -> None:
    program = f"import sys, {module}; print(*({set(HEAVY)} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_the_source_holds_no_sql() -> None:
    sources = [path for path in MODULES if path.is_relative_to(PACKAGE / "source") and path != OWN_RECORD]
    assert [(path.name, text) for path in sources for text in _texts(path) if SQL.match(text)] == []


def test_sql_is_told_from_words() -> None:
    stored_tables = PACKAGE / "stored_tables.py"
    assert sum(bool(SQL.match(text)) for text in _texts(stored_tables)) >= 3


def _texts(path: Path) -> Iterator[str]:
    """The texts of a module that are no docstrings, of an f-string with a letter in the place of each value."""
    tree = ast.parse(path.read_text())
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value
