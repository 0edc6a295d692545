"""The files of docs/deploy in the schedulers that they are for, each in an environment of its own: make test-deploy."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from figma_warehouse.bundled import CLONE
from figma_warehouse.data_dir import DataDir
from tests.fixtures.commands import Command
from tests.fixtures.processes import inherited

pytestmark = pytest.mark.deploy

FILES = CLONE / "docs" / "deploy"
ENVIRONMENTS = CLONE / ".venv" / "deploy"
SCHEDULERS = ("airflow", "dagster", "prefect")

# each prints how the nightly job ended, once for each exit code in the list
DRIVERS = {
    "airflow": """
from airflow_dag import figma_warehouse_nightly
for code in codes:
    os.environ["CODE"] = code
    run = figma_warehouse_nightly().test()
    print("ended", json.dumps({one.task_id: str(one.state) for one in run.get_task_instances()}))
""",
    "dagster": """
from dagster_definitions import defs
for code in codes:
    os.environ["CODE"] = code
    result = defs.resolve_job_def("figma_warehouse_nightly").execute_in_process(raise_on_error=False)
    checks = [(one.passed, one.severity.name) for one in result.get_asset_check_evaluations()]
    steps = {event.step_key: event.event_type_value for event in result.all_node_events if event.is_step_event}
    retries = sum(event.event_type_value == "STEP_RESTARTED" for event in result.all_node_events)
    assets = len(result.get_asset_materialization_events())
    print("ended", json.dumps({"success": result.success, "checks": checks, "retries": retries, "assets": assets}))
""",
    "prefect": """
from prefect_flow import figma_warehouse_nightly
for code in codes:
    os.environ["CODE"] = code
    state = figma_warehouse_nightly(return_state=True)
    print("ended", json.dumps({"name": state.name, "type": state.type.value, "message": state.message}))
""",
}
START = "import json, os, sys\ncodes = sys.argv[1:]\n"


def _program(scheduler: str) -> Path:
    python = ENVIRONMENTS / scheduler / "bin" / "python"
    if not python.exists():
        pytest.skip(f"{scheduler} is not installed: make test-deploy installs it")
    return python


def _ends(scheduler: str, folder: Path, codes: tuple[str, ...], settings: Mapping[str, str]) -> list[dict[str, object]]:
    """Run the nightly job in the scheduler, once for each code, and return how it told each end."""
    own = {
        "AIRFLOW_HOME": str(folder / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(FILES),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
        "DAGSTER_HOME": "",
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
        "PYTHONPATH": str(FILES),
        "PYTHONDONTWRITEBYTECODE": "1",
        "FIGMA_WAREHOUSE_FOLDER": str(folder),
        "FIGMA_WAREHOUSE_PAGES": str(folder / "pages"),
        "FIGMA_WAREHOUSE_RETRY_SECONDS": "0",
    }
    environment = inherited() | own | dict(settings)
    python = _program(scheduler)
    if scheduler == "airflow":
        migrate = [str(python.with_name("airflow")), "db", "migrate"]
        subprocess.run(migrate, env=environment, check=True, capture_output=True)
    done = subprocess.run(
        [python, "-W", "ignore", "-c", START + DRIVERS[scheduler], *codes],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    found = [json.loads(line[6:]) for line in done.stdout.splitlines() if line.startswith("ended ")]
    assert len(found) == len(codes), done.stdout[-3000:] + done.stderr[-3000:]
    return found


@pytest.fixture
def ends_with_code(tmp_path: Path) -> Path:
    """A command that ends with the exit code in CODE if it runs or loads, and with 0 otherwise."""
    script = tmp_path / "ends-with-code"
    script.write_text(
        '#!/bin/sh\necho "$@" >> "$FIGMA_WAREHOUSE_FOLDER/calls"\ncase $1 in run|load) exit $CODE ;; esac\n'
    )
    script.chmod(0o755)
    return script


def _calls(folder: Path) -> list[str]:
    return [line.split()[0] for line in (folder / "calls").read_text().splitlines()]


def test_airflow_tells_the_exit_codes_apart(tmp_path: Path, ends_with_code: Path) -> None:
    ends = _ends("airflow", tmp_path, tuple("01234"), {"FIGMA_WAREHOUSE": str(ends_with_code)})
    done, stopped = {"run": "success", "export_pages": "success"}, {"run": "failed", "export_pages": "upstream_failed"}
    assert ends == [
        done | {"tell_missing": "success"},
        stopped | {"tell_missing": "upstream_failed"},
        stopped | {"tell_missing": "upstream_failed"},
        done | {"tell_missing": "skipped"},
        done | {"tell_missing": "failed"},
    ]


def test_prefect_tells_the_exit_codes_apart(tmp_path: Path, ends_with_code: Path) -> None:
    ends = _ends("prefect", tmp_path, tuple("01234"), {"FIGMA_WAREHOUSE": str(ends_with_code)})
    names = [(end["name"], end["type"]) for end in ends]
    assert names == [
        ("Completed", "COMPLETED"),
        ("Failed", "FAILED"),
        ("Wrong settings", "FAILED"),
        ("Partial", "COMPLETED"),
        ("Listing failed", "FAILED"),
    ]
    # 1 is tried three times
    assert _calls(tmp_path) == ["run", "dashboard", "run", "run", "run", "run", "run", "dashboard", "run", "dashboard"]


def test_dagster_tells_the_exit_codes_apart(tmp_path: Path, ends_with_code: Path) -> None:
    ends = _ends("dagster", tmp_path, tuple("01234"), {"FIGMA_WAREHOUSE": str(ends_with_code)})
    assert [end["success"] for end in ends] == [True, False, False, True, True]
    assert [end["checks"] for end in ends] == [[[True, "ERROR"]], [], [], [[False, "WARN"]], [[False, "ERROR"]]]
    assert [end["retries"] for end in ends] == [0, 2, 0, 0, 0]
    published = ["load", "transform", "publish"]
    assert _calls(tmp_path) == [*published, *["load"] * 4, *published, *published]


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_a_job_without_a_token_is_told_as_wrong_settings(scheduler: str, tmp_path: Path) -> None:
    command = Path(sys.executable).with_name("figma-warehouse")
    (end,) = _ends(scheduler, tmp_path, ("2",), {"FIGMA_WAREHOUSE": str(command)})
    told = {"airflow": ("run", "failed"), "dagster": ("success", False), "prefect": ("name", "Wrong settings")}
    name, value = told[scheduler]
    assert end[name] == value


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_the_sample_organisation_is_loaded_and_published_with_its_pages(
    scheduler: str, command: Command, loaded: DataDir, tmp_path: Path
) -> None:
    before = loaded.published.stat().st_mtime_ns
    program = {"FIGMA_WAREHOUSE": str(Path(sys.executable).with_name("figma-warehouse"))}
    settings = {name: text for name, text in command.environment.items() if os.environ.get(name) != text}

    (end,) = _ends(scheduler, tmp_path, ("3",), settings | (program if scheduler != "dagster" else {}))

    # one file of the sample organisation cannot be read
    told = {
        "airflow": ("tell_missing", "skipped"),
        "dagster": ("checks", [[False, "WARN"]]),
        "prefect": ("name", "Partial"),
    }
    name, value = told[scheduler]
    assert end[name] == value
    assert loaded.published.stat().st_mtime_ns > before
    assert scheduler == "dagster" or (tmp_path / "pages" / "index.html").exists()
