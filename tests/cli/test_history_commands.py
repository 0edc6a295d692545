"""What backfill and replay print if they cannot start, and how they end."""

import json
import re
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from figma_warehouse.cli import app
from figma_warehouse.job.run_lock import run_lock
from tests.fixtures.slack_receiver import SlackReceiver


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["replay"], r"no archive to replay\. Name it with --archive, or set archive under \[sources\.figma\]"),
        (["replay", "--archive", "nowhere"], r"The archive cannot be read\. There is no archive at nowhere"),
        (["backfill"], r"The first day is missing\. Add it, for example --since"),
        (["backfill", "--since", "2026-01-01", "--every", "day"], r'--every "day" is not one of week, month'),
        (
            ["backfill", "--since", "2026-01-01"],
            r"No version history of these files is stored\. Run figma-warehouse run",
        ),
        (["plan", "--since", "2026-01-01"], r"are options of a backfill: add --backfill"),
        (["plan", "--backfill", "--since", "2026-01-01"], r"No version history of these files is stored"),
    ],
)
def test_a_command_that_cannot_start_names_the_remedy_and_exits_2(
    arguments: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FIGMA_TOKEN", "figd_none")
    result = CliRunner().invoke(app, [*arguments, "--data-dir", str(tmp_path / "data")])
    assert result.exit_code == 2, result.output
    assert re.search(words, " ".join(result.output.split()))
    assert "Traceback" not in result.output


@pytest.mark.parametrize("arguments", [["backfill", "--since", "2026-01-01"], ["replay", "--archive", "x"], ["demo"]])
def test_a_command_that_cannot_start_logs_one_json_line_and_notifies_the_webhook(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    with SlackReceiver() as (address, sent), run_lock(data / "run.lock"), monkeypatch.context() as patch:
        patch.setenv("RUNTIME__SLACK_INCOMING_HOOK", f"{address}/hook")
        result = CliRunner().invoke(app, [*arguments, "--data-dir", str(data), "--log-format", "json"])
    lines = [json.loads(line) for line in result.stderr.splitlines()]
    assert (result.exit_code, result.stdout) == (2, "")
    assert lines[-1]["event"] == "failed"
    assert lines[-1]["message"].startswith("The build file is in use by another run (pid ")
    where = f"({socket.gethostname()}, {data})"
    assert sent == [f"figma-warehouse {arguments[0]} {where} ended with exit code 2: {lines[-1]['message']}"]


def test_a_misconfigured_webhook_changes_neither_message_nor_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNTIME__SLACK_ON_PARTIAL", "maybe")
    result = CliRunner().invoke(app, ["replay", "--archive", "nowhere", "--data-dir", str(tmp_path / "data")])
    assert result.exit_code == 2
    assert "There is no archive at nowhere" in " ".join(result.output.split())
    assert "the webhook was not notified: runtime.slack_on_partial must be true or false" in " ".join(
        result.output.split()
    )
