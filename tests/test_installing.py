"""The built wheel in an environment of its own: it holds everything that a clone has, wherever it is started."""

import ast
import importlib.metadata
import json
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
import requests

from figma_warehouse.bundled import CLONE, PACKAGE
from figma_warehouse.dashboard.site_map import PAGES
from figma_warehouse.sandbox import SampleOrganisation, serve
from tests.fixtures.commands import ended
from tests.fixtures.dockerfile import read_dockerfile
from tests.fixtures.installation import Installation

# the extras of those who build and test the package
OURS = ("build", "test")


@pytest.fixture(scope="module")
def demo(installed: Installation) -> Path:
    """The data folder of a demo by the installed package, and what it printed in `printed`."""
    printed = installed("demo")
    for words in ("Most used", "Unused", "Orphaned", "Fastest grown", "data/demo/warehouse.duckdb"):
        assert words in printed
    return installed.folder / "data" / "demo"


@pytest.mark.process
def test_the_wheel_holds_the_models_and_notebooks_and_no_file_of_this_machine(wheel: Path) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "sql", "notebooks", "pipelines"], cwd=CLONE, check=True, capture_output=True, text=True
    ).stdout.split()
    wanted = {path if path.startswith(("sql/", "notebooks/")) else "" for path in tracked} - {""}
    with zipfile.ZipFile(wheel) as archive:
        names = {name.removeprefix("figma_warehouse/") for name in archive.namelist()}
    assert wanted <= names
    held = {f"pipelines/figma_warehouse/{name}" for name in names if name.endswith(".py")}
    assert {path for path in tracked if path.endswith(".py") and path.startswith("pipelines/")} <= held
    assert not [name for name in names if name.endswith("secrets.toml") or "__pycache__" in name]


def test_every_imported_package_is_a_requirement_or_in_an_extra_if_only_a_function_imports_it() -> None:
    project = tomllib.loads((CLONE / "pyproject.toml").read_text())["project"]
    extras = [line for name, lines in project["optional-dependencies"].items() if name not in OURS for line in lines]
    required, optional = _distributions(project["dependencies"]), _distributions(extras)
    files = [*PACKAGE.rglob("*.py"), *(CLONE / "notebooks").glob("*.py")]
    imported = {name for path in files for name in _imports(path)}
    assert imported >= {"dlt", "duckdb", "polars", "requests", "marimo"}
    assert _undeclared(imported, required | optional) == set()
    assert _undeclared((name for path in files for name in _imports(path, at_top=True)), required) == set()


def test_an_installed_package_answers_in_an_empty_folder(installed: Installation, demo: Path) -> None:
    assert _rows(demo / "warehouse.duckdb", "marts.component_usage") > 0
    environment = installed.environment.resolve()
    assert environment not in (CLONE, *CLONE.parents)
    where = subprocess.run(
        [environment / "bin" / "python", "-c", "import figma_warehouse, sys; print(figma_warehouse.__file__)"],
        cwd=installed.folder,
        env=installed.variables(),
        check=True,
        capture_output=True,
        text=True,
    )
    assert Path(where.stdout.strip()).is_relative_to(environment)


def test_an_installed_package_builds_the_models_again(installed: Installation, demo: Path) -> None:
    before = (demo / "build.duckdb").stat().st_mtime_ns
    installed("transform", "--data-dir", str(demo))
    assert (demo / "build.duckdb").stat().st_mtime_ns > before


def test_an_installed_package_runs_with_the_settings_of_a_folder(installed: Installation, tmp_path: Path) -> None:
    here = Installation(installed.environment, tmp_path)
    assert "secrets.toml" in here("init")
    organisation = SampleOrganisation(seed=7, weeks=26, week=21)
    with serve(organisation) as server:
        settings = {
            "figma_token": organisation.token,
            "teams": organisation.team_ids[:1],
            "base_url": server.base_url,
            "images": "none",
        }
        lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
        (tmp_path / ".dlt" / "secrets.toml").write_text("\n".join(["[sources.figma]", *lines]))
        here("run")
    assert _rows(tmp_path / "data" / "warehouse.duckdb", "figma.documents") > 0


def test_an_installed_package_serves_the_dashboards_and_the_lineage(installed: Installation, demo: Path) -> None:
    with _started(installed, "dashboard", "--port", "0", "--data-dir", str(demo)) as first_line:
        address = first_line.split()[2].rstrip("/")
        paths = ("/", "/lineage.html", *(f"/{page.name}/" for page in PAGES))
        answers = {path: requests.get(f"{address}{path}", timeout=120).status_code for path in paths}
    assert set(answers.values()) == {requests.codes.ok}, answers


def test_the_image_starts_a_run_and_its_health_is_the_age_of_what_is_published(
    installed: Installation, demo: Path, tmp_path: Path
) -> None:
    entry, start, health = (
        next(one.as_list() for one in read_dockerfile() if one.name == name)
        for name in ("ENTRYPOINT", "CMD", "HEALTHCHECK")
    )
    assert [*entry, *health[1:]] == health == ["figma-warehouse", "status", "--max-age", "30"]
    here = Installation(installed.environment, tmp_path)
    here(*start, code=2)
    here(*health[1:], code=2)
    here(*health[1:], DATA_DIR=str(demo))


def test_an_installed_package_serves_the_sandbox(installed: Installation) -> None:
    with _started(installed, "sandbox", "--port", "0") as first_line:
        (address,) = re.findall(r"http://[\w.:]+", first_line)
        assert requests.get(f"{address}/v1/me", timeout=30).status_code == requests.codes.forbidden


@contextmanager
def _started(installed: Installation, *arguments: str) -> Iterator[str]:
    """Start the command and give its first line."""
    running = subprocess.Popen(
        installed.line(*arguments),
        cwd=installed.folder,
        env=installed.variables(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with ended(running):
        assert running.stdout
        yield running.stdout.readline()


def _rows(database: Path, table: str) -> int:
    with duckdb.connect(str(database), read_only=True) as connection:
        ((rows,),) = connection.execute(f"select count(*) from {table}").fetchall()
        return int(rows)


def _imports(path: Path, *, at_top: bool = False) -> Iterator[str]:
    module = ast.parse(path.read_text())
    for node in module.body if at_top else ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def _distributions(requirements: list[str]) -> set[str]:
    return {_normal(re.split(r"[\[<>=!~; ]", line)[0]) for line in requirements}


def _undeclared(imported: Iterable[str], declared: set[str]) -> set[str]:
    """Return the imported packages that are of no declared distribution, the standard library or our own."""
    distributions = importlib.metadata.packages_distributions()
    others = set(imported) - sys.stdlib_module_names - {"figma_warehouse"}
    return {name for name in others if not declared & {_normal(one) for one in distributions[name]}}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
