"""The sandbox as a command: what is on is said on start, and is on."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from datetime import UTC, datetime

import pytest
import requests
from typer.testing import CliRunner

from figma_warehouse.cli import app
from figma_warehouse.failures import UsageFailure
from figma_warehouse.sandbox.sandbox_command import ApiOptions, SampleOptions

COMMAND = (sys.executable, "-m", "figma_warehouse.cli", "sandbox", "--port", "0", "--week", "1")


def test_faults_and_limits_are_said_on_start_and_met() -> None:
    options = ("--start", "2026-06-01", "--faults", "0.5", "--seed", "3", "--limits", "starter:full")
    with subprocess.Popen((*COMMAND, *options), stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout
            said = running.stdout.readline()
            url = re.findall(r"http://127.0.0.1:\d+", said)[0]
            token = {"X-Figma-Token": "figd_sandbox-7"}
            for n in range(30):
                try:
                    requests.get(f"{url}/v1/me?try={n}", headers=token, timeout=10)
                except requests.RequestException:
                    continue
            state = requests.get(f"{url}/sandbox/state", timeout=10).json()
        finally:
            running.terminate()
    assert "week 1 since 2026-06-01, faults in 50% of requests (seed 3), limits of starter:full, served at" in said
    assert state["provoked"] > 0
    assert sum(state["faults"].values()) > 0


def test_limits_of_no_plan_are_a_mistake_that_says_what_is_taken() -> None:
    with pytest.raises(UsageFailure, match=r"PLAN:SEAT, such as professional:full: no plan and seat: gold:full"):
        ApiOptions(limits="gold:full").rate_limits()


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = CliRunner().invoke(app, ["sandbox", "--port", str(port)])
    assert result.exit_code == 2
    assert f"127.0.0.1:{port} cannot be listened on" in " ".join(result.output.split())


def test_in_fair_weather_nothing_is_said_or_done() -> None:
    fair = ApiOptions()
    assert (fair.describe(), fair.fault_schedule(), fair.rate_limits()) == ([], None, None)


def test_the_sample_organisation_lives_its_weeks_from_the_monday_that_is_named() -> None:
    story = SampleOptions(week=3, start=datetime(2027, 1, 4))  # noqa: DTZ001  # as the command line reads a date
    assert story.organisation().at == datetime(2027, 1, 25, tzinfo=UTC)
    assert story.describe() == "Sample organisation, week 3 since 2027-01-04"
    assert SampleOptions(week=3).describe() == "Sample organisation, week 3"


def test_a_first_week_that_begins_on_no_monday_is_a_mistake() -> None:
    result = CliRunner().invoke(app, ["sandbox", "--port", "0", "--start", "2027-01-05"])
    assert result.exit_code == 2
    said = " ".join(result.output.split())
    assert "--start takes a Monday, such as 2026-05-04: 2027-01-05 is a Tuesday." in said
