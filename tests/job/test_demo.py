"""What a new user gets: the demo in a fresh clone, the queries of the README, the index of the dashboards."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
import requests

from figma_warehouse.bundled import CLONE
from figma_warehouse.dashboard.site_map import PAGES
from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.demo import Sample, read_sample
from figma_warehouse.sandbox import SampleOrganisation, Server


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh clone of what is committed."""
    if not (CLONE / ".git").exists() or shutil.which("git") is None:
        pytest.skip("needs git and the project's history")
    folder = tmp_path_factory.mktemp("clone") / "project"
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(CLONE), str(folder)], check=True)
    return folder


def test_the_first_demo_in_a_fresh_clone_answers_and_the_second_loads_incrementally(clone: Path) -> None:
    first, second = _demo(clone), _demo(clone)

    for words in ("Most used", "Unused", "Orphaned", "Fastest grown", "Complete", "data/demo/warehouse.duckdb"):
        assert words in first
    assert "Week 26: 47 files and branches in 3 teams, loaded 3 times over four weeks" in first
    assert re.search(r"Fastest grown  .+, \+[1-9]\d*% nodes in four weeks\n", first)
    assert re.search(
        r"Week 27: 47 files and branches in 3 teams: \d+ unchanged, \d+ changed or new \([\d,]+ nodes read\)", second
    )
    assert "dashboard --data-dir data/demo" in second
    assert sorted(path.name for path in (clone / "data").iterdir()) == ["demo"]
    assert subprocess.run(["git", "status", "--porcelain"], cwd=clone, check=True, capture_output=True).stdout == b""


@pytest.mark.parametrize("weekday", range(7))
def test_the_sample_organisation_lives_in_recent_weeks_and_never_in_the_future(weekday: int) -> None:
    monday = datetime(2027, 3, 1, tzinfo=UTC)
    now = monday + timedelta(days=weekday, hours=23)
    sample = Sample.first(now)
    ends = [sample.start + timedelta(weeks=sample.week)]
    for _ in range(4):
        sample = sample.advanced(now)
        ends.append(sample.start + timedelta(weeks=sample.week))

    assert [(monday - end).days for end in ends] == [14, 7, 0, 0, 0]


def test_a_demo_after_months_shows_recent_edits() -> None:
    now = datetime(2027, 3, 3, 12, tzinfo=UTC)
    later = now + timedelta(weeks=10)
    first = Sample.first(now)

    assert first.advanced(later) == replace(first, week=first.week + 10)
    assert first.advanced(now + timedelta(weeks=1)) == replace(first, week=first.week + 1)


def test_a_demo_that_did_not_store_its_first_monday_continues(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    assert read_sample(data) is None

    (tmp_path / "week").write_text("27")
    assert read_sample(data) == Sample(27, datetime(2026, 5, 4, tzinfo=UTC))
    (tmp_path / "week").write_text("28 2027-01-04\n")
    assert read_sample(data) == Sample(28, datetime(2027, 1, 4, tzinfo=UTC))


def test_every_query_of_the_readme_runs(loaded: DataDir) -> None:
    blocks = re.findall(r"```sql\n(.*?)```", (CLONE / "README.md").read_text(), re.DOTALL)
    queries = [query for block in blocks for query in block.split(";\n") if query.strip()]
    assert len(queries) == 3
    with duckdb.connect(str(loaded.published), read_only=True) as connection:
        for query in queries:
            assert connection.execute(query).description, query


@pytest.mark.process
def test_the_pipeline_of_the_readme_loads_a_team(
    server: Server, organisation: SampleOrganisation, tmp_path: Path
) -> None:
    team = organisation.team_ids[0]
    (script,) = re.findall(r"```python\n(.*?)```", (CLONE / "README.md").read_text(), re.DOTALL)
    script = script.replace("/team/123/", f"/team/{team}/")
    settings = {"FIGMA_TOKEN": organisation.token, "SOURCES__FIGMA__BASE_URL": server.base_url}
    environment = (
        os.environ | settings | {"PYTHONPATH": str(CLONE / "pipelines"), "DLT_DATA_DIR": str(tmp_path / "dlt")}
    )

    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    with duckdb.connect(str(tmp_path / "figma_files.duckdb"), read_only=True) as connection:
        loaded = {key for (key,) in connection.execute("select file_key from figma.documents").fetchall()}
    files = organisation.truth().files
    assert loaded == {key for key, file in files.items() if file.readable and file.team_id == team}


@pytest.mark.process
def test_the_dashboard_serves_an_index_and_every_notebook(loaded: DataDir) -> None:
    line = [sys.executable, "-m", "figma_warehouse", "dashboard", "--port", "0", "--data-dir", str(loaded.root)]
    with subprocess.Popen(line, cwd=CLONE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        try:
            address = server.stdout.readline().split()[2]
            index = requests.get(address, timeout=30)
            assert [page.name for page in PAGES] == re.findall(r'<li><a href="(\w+)/"', index.text)
            for page in PAGES:
                assert requests.get(f"{address}/{page.name}/", timeout=60).status_code == requests.codes.ok
        finally:
            server.terminate()


def _demo(clone: Path) -> str:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DLT_", "DATA_DIR"))}
    result = subprocess.run(
        [sys.executable, "-m", "figma_warehouse", "demo"],
        cwd=clone,
        env=inherited | {"PYTHONPATH": str(clone / "pipelines")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout
