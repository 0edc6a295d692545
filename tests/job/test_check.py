"""What `check` finds before a run requests any document."""

import re
from pathlib import Path

import pytest

from figma_warehouse.data_dir import DataDir
from figma_warehouse.sandbox import HttpAnswer, SampleOrganisation, Server
from figma_warehouse.source.api.budget import Budget
from figma_warehouse.source.api.limits import Allowance
from figma_warehouse.source.api.refusals import Quota
from tests.fixtures.commands import Command
from tests.fixtures.slack_receiver import SlackReceiver

SCOPELESS = HttpAnswer(403, b'{"status": 403, "err": "Invalid scope(s): folders:read. This endpoint requires more"}')


def test_a_check_without_findings_exits_0_and_requests_no_document(command: Command, server: Server) -> None:
    result = command("check")

    assert result.returncode == 0, result.stdout
    assert "ok       file_content:read" in result.stdout
    assert "ok       token of " in result.stdout
    assert "MISSING" not in result.stdout
    assert server.spent[1] == 0
    assert sum(server.spent.values()) <= 10
    assert f"This check took {sum(server.spent.values())} requests" in result.stdout


def test_a_check_sends_a_test_message_only_if_it_is_told_to(command: Command) -> None:
    with SlackReceiver() as (address, texts):
        command.environment["MESSAGES__WEBHOOK"] = f"{address}/T1/B2/secret"
        assert command("check").returncode == 0
        assert texts == []

        result = command("check", "--send")

    assert (result.returncode, len(texts)) == (0, 1)
    assert "ok       messages: a test message was sent to the webhook" in result.stdout
    assert "A test of figma-warehouse" in texts[0]


def test_a_check_with_a_webhook_that_refuses_exits_3_and_does_not_print_its_address(command: Command) -> None:
    with SlackReceiver(status=500) as (address, _):
        command.environment["MESSAGES__WEBHOOK"] = f"{address}/T1/B2/secret"
        result = command("check", "--send")

    assert result.returncode == 3
    assert "MISSING  messages: The message was not sent. The webhook answered with HTTP status 500." in result.stdout
    assert "secret" not in result.stdout + result.stderr


def test_a_check_finds_secrets_that_others_can_read(command: Command, tmp_path: Path) -> None:
    secrets = tmp_path / "elsewhere" / ".dlt" / "secrets.toml"
    secrets.parent.mkdir()
    secrets.touch(0o644)

    process = command.start("check")
    printed, _ = process.communicate()

    assert process.returncode == 3
    assert "MISSING  only you can read secrets.toml: others on this machine can read it: chmod 600" in printed


def test_a_check_names_each_missing_scope_with_the_consequence_and_exits_3(command: Command, server: Server) -> None:
    server.script("/v1/teams/[^/]*/components", SCOPELESS)
    server.script("/v1/files/[^/]*/versions", SCOPELESS)
    server.script(
        "/v1/analytics/libraries/", HttpAnswer(403, b'{"status": 403, "error": true, "message": "Figma plan"}')
    )
    command.environment["SOURCES__FIGMA__LIBRARY_ANALYTICS"] = "true"
    command.environment["SOURCES__FIGMA__KEY_LOOKUPS"] = "true"
    command.environment["SOURCES__FIGMA__ACTIVITY_LOGS"] = "true"
    server.script("/v1/activity_logs", HttpAnswer(401, b'{"status": 401, "error": true, "message": "No permission"}'))
    server.missing_scopes = {"library_assets:read"}

    result = command("check")

    assert result.returncode == 3
    assert "MISSING  library_assets:read: without it libraries outside of the configured teams stay" in result.stdout
    assert (
        "MISSING  team_library_content:read: without it the published lists are unknown;"
        " unused_components stays inconclusive" in result.stdout
    )
    assert "MISSING  file_versions:read: without it file_versions stays empty" in result.stdout
    assert (
        "MISSING  library_analytics:read: plan limited (HTTP 403): Figma plan. So reconciliation and library_actions"
        " stay empty; it needs an Enterprise plan" in result.stdout
    )
    assert "MISSING  org:activity_log_read: no access (HTTP 401): No permission. So file_views and" in result.stdout
    assert "ok       file_content:read" in result.stdout
    assert "ok       token of " in result.stdout


def test_a_check_tests_the_scope_of_lookups_only_if_they_are_turned_on(command: Command, server: Server) -> None:
    assert "library_assets:read" not in command("check").stdout
    assert [one for one in server.requests if one.path.startswith("/v1/components/")] == []
    command.environment["SOURCES__FIGMA__KEY_LOOKUPS"] = "true"

    said = command("check").stdout

    assert re.search(r"^ok +library_assets:read$", said, re.MULTILINE)
    assert len([one for one in server.requests if one.path.startswith("/v1/components/")]) == 1


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
def test_a_check_that_finds_no_way_to_run_exits_2(command: Command, setting: str, value: str, words: str) -> None:
    command.environment[setting] = value

    result = command("check")

    assert result.returncode == 2
    assert words in result.stdout


def test_a_check_opens_a_closed_tier_after_an_upgrade_and_not_before(
    command: Command, loaded: DataDir, organisation: SampleOrganisation, server: Server
) -> None:
    command.environment["SOURCES__FIGMA__PLAN"] = "professional"
    budget = Budget(Allowance("professional"), organisation.token, loaded.budget)
    budget.record_rate_limit(1, "", 400_000.0, Quota("starter", "view or collab"))
    link = {"Retry-After": "399000", "X-Figma-Plan-Tier": "starter", "X-Figma-Rate-Limit-Type": "low"}
    server.script("/v1/files/[^/]*\\?depth=1", HttpAnswer(429, b'{"status": 429, "err": "Rate limit exceeded"}', link))

    assert "After an upgrade at Figma, run figma-warehouse check" in command("status").stdout
    before = command("check")
    assert before.returncode == 3
    assert "MISSING  documents, which Figma had closed: still closed until " in before.stdout
    assert budget.used().tiers[0].blocked_until

    after = command("check")
    assert after.returncode == 0
    assert "ok       documents, which Figma had closed: open again" in after.stdout
    assert "one of them of tier 1" in after.stdout
    (tier, *_) = budget.used().tiers
    assert (tier.blocked_until, tier.plan, tier.limit, tier.per) == (None, None, 10, "minute")
    assert server.spent[1] == 2
    assert "After an upgrade" not in command("status").stdout
