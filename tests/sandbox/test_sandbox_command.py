"""The command `figma-warehouse sandbox` and its options."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import requests
from typer.testing import CliRunner

from figma_warehouse.cli import app
from figma_warehouse.failures import UsageFailure
from figma_warehouse.sandbox import SampleOrganisation
from figma_warehouse.sandbox.company.initial_state import archive_sizes
from figma_warehouse.sandbox.organisation import Folder
from figma_warehouse.sandbox.sandbox_command import ApiOptions, SampleOptions

COMMAND = (sys.executable, "-m", "figma_warehouse", "sandbox", "--port", "0", "--week", "1")


@pytest.mark.process
def test_the_command_prints_faults_and_limits_and_applies_them() -> None:
    options = ("--start", "2026-06-01", "--faults", "0.5", "--seed", "3", "--limits", "starter:full")
    with subprocess.Popen((*COMMAND, *options), stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout
            output = running.stdout.readline()
            url = re.findall(r"http://127.0.0.1:\d+", output)[0]
            token = {"X-Figma-Token": "figd_sandbox-7"}
            for n in range(30):
                try:
                    requests.get(f"{url}/v1/me?try={n}", headers=token, timeout=10)
                except requests.RequestException:
                    continue
            state = requests.get(f"{url}/sandbox/state", timeout=10).json()
        finally:
            running.terminate()
    assert "week 1 since 2026-06-01, faults in 50% of requests (seed 3), limits of starter:full, served at" in output
    assert state["provoked"] > 0
    assert sum(state["faults"].values()) > 0


def test_limits_of_an_unknown_plan_are_an_error_with_an_example() -> None:
    with pytest.raises(UsageFailure, match=r"PLAN:SEAT, such as professional:full: no plan and seat: gold:full"):
        ApiOptions(limits="gold:full").rate_limits()


def test_a_port_in_use_is_an_error_with_its_number() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = CliRunner().invoke(app, ["sandbox", "--port", str(port)])
    assert result.exit_code == 2
    assert f"Cannot listen on 127.0.0.1:{port}" in " ".join(result.output.split())


def test_without_options_there_are_no_faults_and_no_limits() -> None:
    options = ApiOptions()
    assert (options.describe(), options.fault_schedule(), options.rate_limits()) == ([], None, None)


def test_the_weeks_start_on_the_given_monday() -> None:
    options = SampleOptions(week=3, start=datetime(2027, 1, 4))  # noqa: DTZ001  # as the command line reads a date
    assert options.organisation().at == datetime(2027, 1, 25, tzinfo=UTC)
    assert options.describe() == "Sample organisation, week 3 since 2027-01-04"
    assert SampleOptions(week=3).describe() == "Sample organisation, week 3"


def test_the_large_organisation_has_the_size_that_its_help_names() -> None:
    options = SampleOptions(is_large=True)
    organisation = options.organisation()
    folders = [folder for team_id in organisation.team_ids for folder in _all_folders(organisation, team_id, None)]
    keys = {file.key for folder in folders for file in organisation.files(folder.id)}
    assert len(keys) == 115
    assert 1_650_000 < sum(archive_sizes()) < 1_750_000
    assert options.describe() == "Large sample organisation, week 0"


def _all_folders(organisation: SampleOrganisation, team_id: str, parent_id: str | None) -> Iterator[Folder]:
    for folder in organisation.folders(team_id, parent_id):
        yield folder
        yield from _all_folders(organisation, team_id, folder.id)


def test_a_start_that_is_not_a_monday_is_an_error() -> None:
    result = CliRunner().invoke(app, ["sandbox", "--port", "0", "--start", "2027-01-05"])
    assert result.exit_code == 2
    output = " ".join(result.output.split())
    assert "--start takes a Monday, such as 2026-05-04: 2027-01-05 is a Tuesday." in output
