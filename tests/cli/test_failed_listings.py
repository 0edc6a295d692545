"""A team, folder or library that Figma stops listing: every place that people and monitors read is loud about it."""

import json
import re
from datetime import UTC, datetime

import duckdb
import pytest

from figma_warehouse.dashboard import page, published_file
from figma_warehouse.dashboard.selection import Selection
from figma_warehouse.data_dir import DataDir
from figma_warehouse.sandbox import HttpAnswer, SampleOrganisation, Server
from notebooks import overview
from tests.fixtures.commands import Command
from tests.fixtures.slack_receiver import SlackReceiver

pytestmark = pytest.mark.process

FORBIDDEN = HttpAnswer(403, b'{"status":403,"err":"Forbidden"}')
PAST = "What these lists show stays as it was: figures may be of the past (exit code 4)."


def refuse_team(server: Server, team_id: str, times: int = 1) -> None:
    for path in (f"/v2/teams/{team_id}/folders", f"/v1/teams/{team_id}/projects"):
        server.script(path, *[FORBIDDEN] * times)


def test_a_team_that_is_refused_after_it_was_loaded_is_an_alarm_everywhere(
    command: Command,
    loaded: DataDir,
    server: Server,
    organisation: SampleOrganisation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    team_id = organisation.team_ids[0]
    with duckdb.connect(str(loaded.published), read_only=True) as connection:
        query = "select name from figma.teams where team_id = ?"
        ((team,),) = connection.execute(query, [team_id]).fetchall()
        of_team = f"select file_key from marts.file_freshness where team_id = '{team_id}' and is_expected"
        files = {key for (key,) in connection.execute(of_team).fetchall()}
    failed = f"Listing failed: team {team} ({team_id}): no access (Forbidden)."
    refuse_team(server, team_id)

    with SlackReceiver() as (address, sent):
        command.environment["RUNTIME__SLACK_INCOMING_HOOK"] = address
        before = datetime.now(UTC)
        result = command("run")

    assert result.returncode == 4
    assert result.stdout.splitlines()[-2:] == [failed, PAST]
    (message,) = sent
    assert "ended with exit code 4: " in message
    assert failed in message
    _check_status(command, failed, (team, team_id), len(files))
    _check_limits(command, stale=len(files))
    _check_stale_since(command, loaded, team)
    _check_pages(loaded, monkeypatch, team, files, before)


def _check_status(command: Command, failed: str, team: tuple[str, str], stale: int) -> None:
    name, team_id = team
    found = json.loads(command("status", "--json").stdout)
    assert (found["runs"][0]["exit_code"], found["runs"][0]["outcome"]) == (4, "partial")
    assert failed in found["runs"][0]["message"]
    assert [(row["resource"], row["name"], row["reason"]) for row in found["unlisted"]] == [
        ("teams", name, "no_access")
    ]
    assert {row["team"]: row["stale"] for row in found["freshness"]}[name] == stale
    status = command("status")
    assert status.returncode == 0
    assert "listing failed" in status.stdout
    day = rf"\d\d \w{{3}} {datetime.now(UTC).year} \d\d:\d\d"
    assert re.search(
        rf"Listing failed on {day}: team {name} \({team_id}\): no access \(Forbidden\)\n"
        "What these lists show is as it was before: figures may be of the past.\n",
        status.stdout,
    )


def _check_limits(command: Command, stale: int) -> None:
    for limit, code in ((stale - 1, 3), (stale, 0)):
        result = command("status", "--max-stale", str(limit), "--max-missing", "10")
        assert result.returncode == code
    assert f"Files loaded in an older state: {stale}, more than 0: " in command("status", "--max-stale", "0").stderr
    missing = command("status", "--max-missing", "0")
    assert (missing.returncode, missing.stderr[:24]) == (3, "Files never loaded: 1, m")


def _check_pages(data: DataDir, monkeypatch: pytest.MonkeyPatch, team: str, files: set[str], before: datetime) -> None:
    monkeypatch.setenv("DATA_DIR", str(data.root))
    fresh = published_file.freshness()
    shown = page.masthead("overview", fresh, {}).text
    day = f"{before:%-d %b %Y}"
    assert f'The listing of team <bdi class="name">{team}</bdi> failed on {day}: files there are as they were.' in shown
    behind = overview.files_behind(Selection())
    reasons = {row["key"]: row["reason"] for row in behind.to_dicts()}
    assert {reasons[key] for key in files} == {f"Its listing failed on {day}"}
    assert "Not requested yet" not in reasons.values()


def _check_stale_since(command: Command, data: DataDir, team: str) -> None:
    """The files are stale since the first run that could not list them, not since their last edit or the last run."""
    with duckdb.connect(str(data.published)) as connection:
        ((since,),) = connection.execute("select max(started_at) from figma.runs").fetchall()
        for table in ("runs", "outcomes"):
            connection.execute(
                f"insert into figma.{table} by name select * replace ('later' as run_id) from figma.{table}"
                " where run_id = (select run_id from figma.runs order by started_at desc limit 1)"
            )
        connection.execute("update figma.runs set started_at = finished_at where run_id = 'later'")
    rows = json.loads(command("status", "--json").stdout)["freshness"]
    found = next(row["stale_since"] for row in rows if row["team"] == team)
    assert datetime.fromisoformat(found) == since


def test_a_first_run_that_can_list_nothing_publishes_nothing_and_ends_with_2(
    command: Command, data: DataDir, server: Server
) -> None:
    command.environment["SOURCES__FIGMA__TEAMS"] = '["998", "999"]'

    result = command("run")

    assert result.returncode == 2
    assert result.stderr.splitlines()[-1] == (
        "Nothing can be listed: team 998: not found (Not found); team 999: not found (Not found). Nothing was"
        " published. Are teams, folders and files under [sources.figma] right? figma-warehouse check tries each of"
        " them."
    )
    assert server.spent[1] == 0
    assert not data.published.exists()
    (run,) = json.loads(command("status", "--json").stdout)["runs"]
    assert (run["outcome"], run["exit_code"]) == ("failed", 2)


def test_a_published_list_that_is_refused_is_an_alarm_and_a_locked_file_is_none(
    command: Command, loaded: DataDir, server: Server, organisation: SampleOrganisation
) -> None:
    assert loaded.published.exists()
    locked = command("load")
    server.script(f"/v1/teams/{organisation.team_ids[0]}/styles", FORBIDDEN)
    refused = command("load")

    assert (locked.returncode, refused.returncode) == (3, 4)
    assert "Listing failed" not in locked.stdout
    assert re.search(r"Listing failed: published styles of .+ \(\w+\): no access \(Forbidden\)\.", refused.stdout)
    assert refused.stdout.splitlines()[-1] == PAST


def test_the_help_of_run_lists_the_exit_codes(command: Command) -> None:
    words = " ".join(command("run", "--help").stdout.split())
    assert "4 published, but a listing failed: figures may be of the past." in words
