"""What `plan` prints, and that it writes nothing."""

import json
import re

import duckdb
import pytest

from figma_warehouse.data_dir import DataDir
from figma_warehouse.sandbox import HttpAnswer, SampleOrganisation, Server
from figma_warehouse.source.api.budget import Budget
from figma_warehouse.source.api.limits import Allowance
from figma_warehouse.source.api.refusals import Quota
from tests.fixtures.commands import Command


def test_a_plan_requests_no_document_and_writes_nothing(
    command: Command, loaded: DataDir, organisation: SampleOrganisation, server: Server
) -> None:
    build = loaded.build.read_bytes()
    before = organisation.truth().files
    organisation.advance()
    after = organisation.truth().files
    new = [key for key in after if key not in before]
    changed = [key for key in after if key in before and after[key].last_modified != before[key].last_modified]

    result = command("plan")

    assert result.returncode == 0
    assert f"{len(after)} listed · {len(changed)} changed · {len(new)} new" in result.stdout
    assert server.spent[1] == 0
    assert loaded.build.read_bytes() == build


def test_a_file_that_was_only_listed_is_planned_as_new(command: Command) -> None:
    command("load", "--max-requests", "1")

    assert "47 listed · 0 changed · 47 new" in command("plan").stdout


def test_a_plan_of_a_backfill_without_history_makes_no_file(command: Command, data: DataDir) -> None:
    result = command("plan", "--backfill", "--since", "2026-01-01")

    assert result.returncode == 2
    assert "No version history of these files is stored." in result.stderr
    assert not data.build.exists()


@pytest.mark.usefixtures("loaded")
def test_a_refused_usage_count_is_in_the_status_and_a_loaded_one_is_planned_once_a_day(
    command: Command, server: Server
) -> None:
    assert "tier 3: 9" in command("plan").stdout
    command.environment["SOURCES__FIGMA__LIBRARY_ANALYTICS"] = "true"
    refused, other = sorted({item.file_key for item in server.org.published("components")})
    scopeless = HttpAnswer(403, b'{"status": 403, "error": true, "message": "Invalid scope(s): file_content:read"}')
    server.script(f"/v1/analytics/libraries/{refused}/component/", scopeless)

    # both libraries publish components, one styles, and nothing tells about variables
    assert "tier 3: 14" in command("plan").stdout
    assert command("load").returncode == 3
    assert command("publish").returncode == 0
    said = command("status").stdout
    library = server.org.file(refused)
    assert library
    named = f"{library.name} ({refused})"
    assert f"Not listed: Figma's own count of {named}: missing scope (Invalid scope(s): file_content:read (/v1/" in said
    assert "needs library_analytics:read))" in said
    assert said.count("Figma's own count of") == 1
    assert other not in said
    assert "tier 3: 10" in command("plan").stdout


@pytest.mark.usefixtures("loaded")
def test_lookups_by_key_are_planned_and_sent_once_and_a_missing_scope_is_told_once(
    command: Command, organisation: SampleOrganisation, server: Server
) -> None:
    used = {key: lookup.uses for (_, key), lookup in organisation.truth().key_lookups.items()}
    command("load")
    of_listings = sum(server.spent.values())
    assert keys_requested(server) == []
    assert "tier 3: 9" in command("plan").stdout
    command.environment["SOURCES__FIGMA__KEY_LOOKUPS"] = "true"
    assert f"tier 3: {9 + len(used)}" in command("plan").stdout

    server.missing_scopes = {"library_assets:read"}
    refused = command("load")
    assert refused.returncode == 3
    assert len(keys_requested(server)) == 1
    assert command("publish").returncode == 0
    said = command("status").stdout
    assert said.count("library of all keys") == 1
    assert "Not listed: library of all keys: missing scope (Invalid scope(s): " in said
    assert "needs library_assets:read)" in said
    assert "Skipped: lookup of a library by key (all keys): missing scope (" in said

    server.missing_scopes = set()
    server.reset_requests()
    command("load", "--max-requests", f"{of_listings + 2}")
    first = keys_requested(server)
    command("load")
    asked = keys_requested(server)
    assert sorted(asked) == sorted(used)
    assert len(first) == 2 < len(used)
    assert [used[key] for key in asked] == sorted(used.values(), reverse=True)
    assert "tier 3: 9" in command("plan").stdout
    command("load")
    assert keys_requested(server) == asked


def keys_requested(server: Server) -> list[str]:
    """The keys of components, component sets and styles that were requested by key, in order."""
    keys = (re.fullmatch(r"/v1/(?:components|component_sets|styles)/(\w+)", one.path) for one in server.requests)
    return [found[1] for found in keys if found]


def test_a_plan_counts_parts_and_what_exceeds_a_monthly_limit(
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
    assert (
        f"{wanted - 6} of {wanted} requests of tier 1 do not fit into this run: the limit is 6 a month" in result.stdout
    )
    assert server.spent[1] == server.spent[3] == 0


def test_a_plan_before_the_first_run_creates_no_build_file(command: Command, data: DataDir) -> None:
    result = command("plan")

    assert "47 listed · 0 changed · 47 new" in result.stdout
    assert not data.build.exists()
    assert not data.dlt.exists()
    assert json.loads(command("status", "--json").stdout or "null") is None


def test_a_plan_counts_a_team_with_a_limit_of_its_own_separately(
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
        f"Too many  {files} of {files} requests of tier 1 for team {team} do not fit into this run: used up until "
        in result.stdout
    )
    assert result.stdout.count("do not fit") == 1
    assert "Time      about " in result.stdout


def test_a_plan_of_a_reload_counts_what_the_load_then_requests(
    command: Command, loaded: DataDir, server: Server
) -> None:
    with duckdb.connect(str(loaded.build), read_only=True) as connection:
        (first,), (second,) = connection.execute(
            "select file_key from figma.documents order by node_count limit 2"
        ).fetchall()
    named = ("--reload", first, "--reload", f"https://www.figma.com/design/{second}/x")

    plan, all_files, unknown = command("plan", *named), command("plan", "--reload", "all"), "f" * 22

    assert "47 listed · 0 changed · 0 new · 2 to reload · " in plan.stdout
    assert "tier 1: 2 · tier 2: 29" in plan.stdout
    assert "45 to reload" in all_files.stdout
    server.reset_requests()
    result = command("load", *named)
    assert result.returncode == 3
    assert (server.spent[1], server.spent[2]) == (2, 29)
    refused = command("load", "--reload", unknown)
    assert refused.returncode == 2
    assert f"--reload: {unknown} is in no listing." in refused.stderr
