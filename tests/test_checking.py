"""check and plan: what they say before a run spends anything on documents."""

import json

import duckdb
import pytest

from pipelines.sandbox import Answer, SampleOrganisation, Server
from pipelines.settings import DataDir
from tests.commands import Command

SCOPELESS = Answer(403, b'{"status": 403, "err": "Invalid scope(s): folders:read. This endpoint requires more"}')


def test_a_check_of_all_that_works_exits_0_and_spends_no_document_request(command: Command, server: Server) -> None:
    result = command("check")

    assert result.returncode == 0, result.stdout
    assert "ok       file_content:read" in result.stdout
    assert "MISSING" not in result.stdout
    assert server.spent[1] == 0
    assert sum(server.spent.values()) <= 10
    assert f"{sum(server.spent.values())} requests were spent" in result.stdout


def test_a_check_names_each_missing_scope_with_what_it_costs_and_exits_3(command: Command, server: Server) -> None:
    server.script("/v1/teams/[^/]*/components", SCOPELESS)
    server.script("/v1/files/[^/]*/versions", SCOPELESS)

    result = command("check")

    assert result.returncode == 3
    assert (
        "MISSING  team_library_content:read: without it nothing is known of what is published;"
        " unused_components stays inconclusive" in result.stdout
    )
    assert "MISSING  file_versions:read: without it file_versions stays empty" in result.stdout
    assert "ok       file_content:read" in result.stdout


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("FIGMA_TOKEN", "figd_wrong", "FAILED   token: Figma refused the token"),
        ("FIGMA_TOKEN", "", "FAILED   settings: "),
        ("SOURCES__FIGMA__TEAMS", '["999"]', "FAILED   anything to load"),
        ("SOURCES__FIGMA__BASE_URL", "http://127.0.0.1:9", "FAILED   connection: No connection"),
        ("DATA_DIR", "/proc/nowhere", "FAILED   folder /proc/nowhere can be written"),
    ],
)
def test_a_check_of_what_cannot_work_exits_2(command: Command, setting: str, value: str, words: str) -> None:
    command.environment[setting] = value

    result = command("check")

    assert result.returncode == 2
    assert words in result.stdout


def test_a_plan_counts_parts_and_says_what_does_not_fit_into_a_monthly_budget(
    command: Command, loaded: DataDir, organisation: SampleOrganisation, server: Server
) -> None:
    before = organisation.truth().files
    organisation.advance(3)
    after = organisation.truth().files
    moved = [key for key in after if key not in before or after[key].last_modified != before[key].last_modified]
    in_parts = next(key for key in moved if key in before and before[key].readable)
    with duckdb.connect(str(loaded.build)) as connection:
        connection.execute("update figma.documents set parts = 5 where file_key = ?", [in_parts])
    command.environment |= {"SOURCES__FIGMA__TIER_1_LIMIT": "6 a month"}

    result = command("plan")

    wanted = len(moved) + 4
    assert result.returncode == 0
    assert f"tier 1: {wanted} · " in result.stdout
    assert f"{wanted - 6} of {wanted} requests of tier 1 would wait: there are 6 a month" in result.stdout
    assert server.spent[1] == server.spent[3] == 0


def test_a_plan_before_the_first_run_creates_no_build_file(command: Command, data: DataDir) -> None:
    result = command("plan")

    assert "47 listed · 0 changed · 47 new" in result.stdout
    assert not data.build.exists()
    assert not data.dlt.exists()
    assert json.loads(command("status", "--json").stdout or "null") is None
