"""check and plan: what they say before a run spends anything on documents."""

import json
from pathlib import Path

import duckdb
import pytest

from figma_warehouse.data_dir import DataDir
from figma_warehouse.sandbox import HttpAnswer, SampleOrganisation, Server
from figma_warehouse.source.api.budget import Budget
from figma_warehouse.source.api.limits import Allowance
from figma_warehouse.source.api.refusals import Quota
from tests.fixtures.commands import Command

SCOPELESS = HttpAnswer(403, b'{"status": 403, "err": "Invalid scope(s): folders:read. This endpoint requires more"}')


def test_a_check_of_all_that_works_exits_0_and_spends_no_document_request(command: Command, server: Server) -> None:
    result = command("check")

    assert result.returncode == 0, result.stdout
    assert "ok       file_content:read" in result.stdout
    assert "MISSING" not in result.stdout
    assert server.spent[1] == 0
    assert sum(server.spent.values()) <= 10
    assert f"{sum(server.spent.values())} requests were spent" in result.stdout


def test_a_check_says_where_others_can_read_the_secrets(command: Command, tmp_path: Path) -> None:
    secrets = tmp_path / "elsewhere" / ".dlt" / "secrets.toml"
    secrets.parent.mkdir()
    secrets.touch(0o644)

    process = command.start("check")
    printed, _ = process.communicate()

    assert process.returncode == 3
    assert "MISSING  secrets.toml is its owner's alone: others on this machine can read it: chmod 600" in printed


def test_a_check_names_each_missing_scope_with_what_it_costs_and_exits_3(command: Command, server: Server) -> None:
    server.script("/v1/teams/[^/]*/components", SCOPELESS)
    server.script("/v1/files/[^/]*/versions", SCOPELESS)
    server.script(
        "/v1/analytics/libraries/", HttpAnswer(403, b'{"status": 403, "error": true, "message": "Figma plan"}')
    )
    command.environment["SOURCES__FIGMA__LIBRARY_ANALYTICS"] = "true"

    result = command("check")

    assert result.returncode == 3
    assert (
        "MISSING  team_library_content:read: without it nothing is known of what is published;"
        " unused_components stays inconclusive" in result.stdout
    )
    assert "MISSING  file_versions:read: without it file_versions stays empty" in result.stdout
    assert (
        "MISSING  library_analytics:read: plan limited (HTTP 403): Figma plan. So reconciliation stays empty;"
        " it needs an Enterprise plan" in result.stdout
    )
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


def test_a_plan_counts_by_itself_a_team_that_figma_counts_by_another_plan(
    command: Command, data: DataDir, organisation: SampleOrganisation
) -> None:
    command.environment["SOURCES__FIGMA__PLAN"] = "enterprise"
    team, *_ = organisation.team_ids
    budget = Budget(Allowance("enterprise"), organisation.token, data.budget)
    budget.record_rate_limit(1, team, 400_000.0, Quota("starter", "view or collab"))
    truth = organisation.truth().files
    files = sum(file.team_id == team for file in truth.values())
    assert 0 < files < len(truth)

    result = command("plan")

    assert f"tier 1: {len(truth)} · " in result.stdout
    assert (
        f"Too many  {files} of {files} requests of tier 1 for team {team} would wait: used up until " in result.stdout
    )
    assert result.stdout.count("would wait") == 1
    assert "Time      about " in result.stdout


def test_a_check_after_an_upgrade_opens_what_figma_had_closed_and_one_before_it_says_it_is_closed_still(
    command: Command, loaded: DataDir, organisation: SampleOrganisation, server: Server
) -> None:
    command.environment["SOURCES__FIGMA__PLAN"] = "professional"
    budget = Budget(Allowance("professional"), organisation.token, loaded.budget)
    budget.record_rate_limit(1, "", 400_000.0, Quota("starter", "view or collab"))
    link = {"Retry-After": "399000", "X-Figma-Plan-Tier": "starter", "X-Figma-Rate-Limit-Type": "low"}
    server.script("/v1/files/[^/]*\\?depth=1", HttpAnswer(429, b'{"status": 429, "err": "Rate limit exceeded"}', link))

    assert "After an upgrade at Figma: figma-warehouse check asks anew" in command("status").stdout
    before = command("check")
    assert before.returncode == 3
    assert "MISSING  documents, which Figma had closed: closed still until " in before.stdout
    assert budget.used().tiers[0].blocked_until

    after = command("check")
    assert after.returncode == 0
    assert "ok       documents, which Figma had closed: open again" in after.stdout
    assert "one of them of tier 1" in after.stdout
    (tier, *_) = budget.used().tiers
    assert (tier.blocked_until, tier.plan, tier.limit, tier.per) == (None, None, 10, "minute")
    assert server.spent[1] == 2
    assert "After an upgrade" not in command("status").stdout
