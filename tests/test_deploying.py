"""The image, compose.yaml, workflows and the files of docs/deploy: their form, and how they tell exit codes apart."""

import fnmatch
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from figma_warehouse.bundled import CLONE
from tests.fixtures.commands import ended, wait_for
from tests.fixtures.dockerfile import read_dockerfile
from tests.fixtures.processes import inherited

FILES = CLONE / "docs" / "deploy"
PROGRAMS = Path(sys.executable).parent
WORKFLOWS = (CLONE / ".github" / "workflows" / "release.yml", FILES / "github-actions.yml")
SETTINGS_ARE_WRONG = "2: wrong settings, or another run is active"


def _linted(program: str, *arguments: str | Path) -> None:
    done = subprocess.run([PROGRAMS / program, *arguments], cwd=CLONE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.process
def test_the_dockerfile_has_no_finding_of_its_linter() -> None:
    _linted("hadolint", "Dockerfile")


@pytest.mark.process
def test_compose_and_workflows_keep_to_their_schemas() -> None:
    _linted("check-jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml")
    _linted("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *WORKFLOWS)


@pytest.mark.process
def test_the_workflows_have_no_finding_of_their_linter() -> None:
    _linted("zizmor", "--offline", "--quiet", *WORKFLOWS)


def test_the_image_is_an_ordinary_user_on_a_named_base_with_nothing_secret_in_it() -> None:
    instructions = read_dockerfile()
    last = max(one.stage for one in instructions)
    (base,) = (one.words for one in instructions if one.name == "ARG")
    assert re.fullmatch(r"BASE=python:3\.\d+-slim-[a-z]+", base)
    assert {one.words.split()[0] for one in instructions if one.name == "FROM"} == {"${BASE}"}
    (user,) = (one.words for one in instructions if one.name == "USER" and one.stage == last)
    assert user.isdigit()
    assert user != "0"
    assert not [one for one in instructions if one.name == "ADD"]
    assert not [one for one in instructions if re.search(r"(?i)token|secret(?!s\.toml\.example)|password", one.words)]
    (install,) = (one.words for one in instructions if "requirements.lock" in one.words and one.name == "RUN")
    assert "--require-hashes" in install
    assert "--only-binary :all:" in install


def test_what_the_image_copies_exists_and_nothing_else_is_sent_to_its_builder() -> None:
    lines = (CLONE / ".dockerignore").read_text().splitlines()
    sent = {line[1:] for line in lines if line.startswith("!")}
    copied = {
        source
        for one in read_dockerfile()
        if one.name == "COPY" and "--from" not in one.words
        for source in one.words.split()[:-1]
    }
    assert "*" in lines
    assert copied == sent
    assert not [name for name in copied if not (CLONE / name).exists()]
    assert not [
        name for name in ("data", ".dlt/secrets.toml", ".git") if any(fnmatch.fnmatch(name, one) for one in sent)
    ]


def test_the_services_share_the_data_and_only_this_machine_reaches_the_dashboards() -> None:
    compose = _compose()
    nightly, dashboard = compose["services"]["nightly"], compose["services"]["dashboard"]
    (volume,) = (one.words for one in read_dockerfile() if one.name == "VOLUME")
    assert nightly["volumes"] == dashboard["volumes"] == [f"data:{volume}"]
    assert all(service["read_only"] and service["cap_drop"] == ["ALL"] for service in (nightly, dashboard))
    assert dashboard["ports"] == ["127.0.0.1:2718:2718"]
    # without its token, compose refuses to start
    assert dashboard["environment"]["DASHBOARD_TOKEN"].startswith("${DASHBOARD_TOKEN:?")
    assert nightly["environment"]["FIGMA_TOKEN"].startswith("${FIGMA_TOKEN:?")


@pytest.mark.process
def test_the_nightly_service_tells_wrong_settings_and_ends_when_it_is_asked_to(tmp_path: Path) -> None:
    script = _compose()["services"]["nightly"]["command"][0].replace("$$", "$")
    # a pipe would stay open for as long as any process of the script
    log = tmp_path / "log"
    with log.open("w") as stderr:
        service = subprocess.Popen(
            ["/bin/sh", "-c", script], cwd=tmp_path, env=_environment(tmp_path), stderr=stderr, text=True
        )
    with ended(service):
        wait_for(lambda: "exit code" in log.read_text())
        service.send_signal(signal.SIGTERM)
        assert service.wait(60) >= 0
    assert log.read_text().splitlines()[-1] == f"exit code {SETTINGS_ARE_WRONG}"


@pytest.mark.process
def test_the_cron_job_of_kubernetes_tells_wrong_settings(tmp_path: Path) -> None:
    cron_job = next(yaml.safe_load_all((FILES / "cronjob.yaml").read_text()))
    pod = cron_job["spec"]["jobTemplate"]["spec"]
    (container,) = pod["template"]["spec"]["containers"]
    script = container["args"][0].replace("/dev/termination-log", str(tmp_path / "termination-log"))
    done = _run(script, tmp_path)
    assert done.returncode == 2
    assert (tmp_path / "termination-log").read_text() == f"exit code {SETTINGS_ARE_WRONG}\n"
    (rule,) = pod["podFailurePolicy"]["rules"]
    assert rule["action"] == "FailJob"
    assert rule["onExitCodes"]["values"] == [2, 4]


@pytest.mark.process
def test_the_workflow_tells_wrong_settings_and_fails_in_its_last_step(tmp_path: Path) -> None:
    steps = yaml.safe_load((FILES / "github-actions.yml").read_text())["jobs"]["run"]["steps"]
    (run,) = (step for step in steps if step.get("id") == "run")
    done = _run(run["run"], tmp_path, GITHUB_OUTPUT=str(tmp_path / "output"))
    assert done.returncode == 0
    assert (tmp_path / "output").read_text() == "code=2\n"
    assert done.stdout.splitlines()[-1] == "::error title=2::wrong settings, or another run is active"
    ends = {code: _run(steps[-1]["run"], tmp_path, CODE=str(code)).returncode for code in range(5)}
    assert ends == {0: 0, 1: 1, 2: 2, 3: 0, 4: 4}


@pytest.mark.process
def test_the_lines_of_cron_say_nothing_but_what_a_person_has_to_know(tmp_path: Path) -> None:
    lines = [line for line in (FILES / "figma-warehouse.cron").read_text().splitlines() if line[:1].isdigit()]
    (tmp_path / "data").mkdir()
    (tmp_path / ".venv").symlink_to(PROGRAMS.parent)
    night, morning = (line.split(maxsplit=5)[5].replace("/srv/figma-warehouse", str(tmp_path)) for line in lines)
    assert "%" not in night + morning
    assert _run(night, tmp_path).stdout == f"{SETTINGS_ARE_WRONG}\n"
    assert "No token." in (tmp_path / "data" / "run.log").read_text()
    assert _run(morning, tmp_path).stdout.startswith("Nothing is published at")


@pytest.mark.process
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("needs systemd-analyze: apt-get install systemd")
    for path in FILES.glob("figma-warehouse*.[st]*"):
        text = path.read_text().replace(
            "/srv/figma-warehouse/.venv/bin/figma-warehouse", str(PROGRAMS / "figma-warehouse")
        )
        (tmp_path / path.name).write_text(text)
    units = sorted(tmp_path.iterdir())
    assert [unit.suffix for unit in units] == [".service", ".service", ".timer"]
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_systemd_tries_only_a_failed_run_again() -> None:
    unit = (FILES / "figma-warehouse.service").read_text().splitlines()
    assert {"SuccessExitStatus=3", "RestartPreventExitStatus=2 4", "Restart=on-failure"} <= set(unit)


def _compose() -> dict[str, Any]:
    return dict(yaml.safe_load((CLONE / "compose.yaml").read_text()))


def _environment(folder: Path) -> dict[str, str]:
    """The environment of a scheduler that has the command in its path, and no token."""
    own = {"PATH": f"{PROGRAMS}:/usr/bin:/bin", "DATA_DIR": str(folder / "data"), "DLT_DATA_DIR": str(folder / "dlt")}
    return inherited() | own


def _run(script: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a script in the folder, as a scheduler does: GitHub's shell ends at the first error."""
    line = ["/bin/sh", "-ec" if settings else "-c", script]
    return subprocess.run(
        line, cwd=folder, env=_environment(folder) | settings, capture_output=True, text=True, check=False
    )
