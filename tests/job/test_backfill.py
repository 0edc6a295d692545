"""What a backfill adds to the past, how it ends early, and how the next one continues."""

import json
import shutil
import signal
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.backfill import backfill, plan_backfill
from figma_warehouse.job.transform import run_dbt
from figma_warehouse.sandbox import HttpAnswer
from figma_warehouse.source.api.client import TRIES
from figma_warehouse.source.api.stop import Stop
from figma_warehouse.source.documents.outage import MAX_FAILURES_IN_A_ROW
from figma_warehouse.source.read_ahead import DOWNLOADS, FILES_AHEAD
from figma_warehouse.source.resources import NODE_TABLES
from tests.fixtures.build_files import first_difference
from tests.fixtures.commands import command_for, ended, wait_for
from tests.fixtures.in_memory_organisation import too_deep_answer
from tests.fixtures.past import Past, State, assert_weekly, plain_events, query

pytestmark = pytest.mark.process

SINCE = date(2026, 8, 1)


@pytest.fixture(scope="module")
def past(past: Past, tmp_path_factory: pytest.TempPathFactory) -> Past:
    """The past with an archive of its own, because a backfill adds states to the archive."""
    archive = tmp_path_factory.mktemp("backfilled") / "archive"
    return replace(past, archive=Path(shutil.copytree(past.archive, archive)))


def test_a_backfill_adds_the_last_version_of_each_month_and_nothing_else(
    past: Past, past_marts: Path, data: DataDir
) -> None:
    shutil.copytree(past_marts.parent, data.root)
    stored = set(query(data.build, "select file_key, version from figma.file_snapshots"))
    last: dict[tuple[str, date], str] = {}
    alive = {key for key, file in past.files.items() if not file.is_branch}
    for save in past.organisation.saves():
        if save.is_listed and save.file_key in alive and save.modified_at.date() >= SINCE:
            last[save.file_key, save.modified_at.date().replace(day=1)] = save.version
    wanted = {(key, version) for (key, _), version in last.items()} - stored

    past.server.reset_requests()
    plan = plan_backfill(past.settings, data, SINCE, "month")
    assert past.server.requests == []
    assert {(one.ref.key, one.version_id) for one in plan.wanted} == wanted
    assert len(wanted) > 2
    assert [one.period for one in plan.wanted] == sorted((one.period for one in plan.wanted), reverse=True)

    first = backfill(past.settings, data, SINCE, "month", stop=Stop(max_requests=2))
    assert (first.stored, first.deferred, first.exit_code) == (2, len(wanted) - 2, 3)
    assert past.server.spent == {1: 2, 2: 0, 3: 0}
    second = backfill(past.settings, data, SINCE, "month")
    assert (second.stored, second.deferred, second.exit_code) == (len(wanted) - 2, 0, 0)
    assert past.server.spent[1] == len(wanted)
    assert backfill(past.settings, data, SINCE, "month").planned == 0

    states = query(data.build, "select file_key, version, last_modified_at, nodes from figma.file_snapshots")
    assert {tuple(state) for *state, _ in states} >= _states(past, wanted)
    assert {tuple(state): nodes for *state, nodes in states}.items() <= past.organisation.truth().node_counts.items()
    assert set(query(data.build, "select file_key, version from figma.file_snapshots")) == stored | wanted
    untouched = ("documents", *NODE_TABLES, "file_versions", "runs", "outcomes")
    assert first_difference(data.build, past.data.build, untouched) == ""
    _assert_events_between_neighbours(past, data, _states(past, wanted))

    # the models were built before the backfill: what it adds to the past has to change them
    built = run_dbt(data, "run", "--select", "+file_growth_weekly", "+usage_history")
    assert built.returncode == 0, built.stdout
    assert_weekly(past, data.build, set.union(*past.states) | _states(past, wanted))


def test_a_backfill_defers_rate_limited_versions_and_drops_refused_ones(past: Past, data: DataDir) -> None:
    shutil.copytree(past.data.root, data.root)
    first, second, *_ = plan_backfill(past.settings, data, SINCE, "month").wanted
    past.server.script(f"/v1/files/{first.ref.key}\\?", HttpAnswer(404, b'{"status": 404, "err": "Not found"}'))
    late = HttpAnswer(429, b'{"status": 429, "err": "Rate limit exceeded"}', {"Retry-After": "400000"})
    past.server.script(f"/v1/files/{second.ref.key}\\?", late)

    report = backfill(past.settings, data, SINCE, "month")

    assert (report.refused, report.reason, report.exit_code) == (1, "rate limited", 3)
    assert report.retry_at is not None
    assert report.retry_at > datetime.now(UTC) + timedelta(days=4)
    plan = plan_backfill(past.settings, data, SINCE, "month")
    assert plan.refused == 1
    assert first not in plan.wanted
    assert second in plan.wanted


def test_an_unreadable_version_is_fetched_once(past: Past, data: DataDir) -> None:
    shutil.copytree(past.data.root, data.root)
    first, *rest = plan_backfill(past.settings, data, SINCE, "month").wanted
    odd = HttpAnswer(200, too_deep_answer(), {"content-type": "application/json"})
    past.server.script(f"/v1/files/{first.ref.key}\\?.*{first.version_id}", odd)

    report = backfill(past.settings, data, SINCE, "month")

    assert (report.stored, report.refused, report.deferred) == (len(rest), 1, 0)
    assert plan_backfill(past.settings, data, SINCE, "month").wanted == []


def test_a_backfill_during_an_outage_leaves_the_rest_to_the_next_one(past: Past, data: DataDir) -> None:
    shutil.copytree(past.data.root, data.root)
    since = date(2026, 8, 15)
    planned = len(plan_backfill(past.settings, data, since, "week").wanted)
    most = (MAX_FAILURES_IN_A_ROW + DOWNLOADS - 1) * TRIES
    assert planned * TRIES > 2 * most
    past.server.reset_requests()
    past.server.script("/v1/files/[^/]*\\?", *[HttpAnswer(503, b"<html>")] * planned * TRIES)

    report = backfill(past.settings, data, since, "week")

    assert (report.stored, report.deferred, report.reason) == (0, planned, "server error")
    assert past.server.spent[1] <= most
    while past.server.take_script("/v1/files/any?"):
        pass
    assert backfill(past.settings, data, since, "week").stored == planned


def test_a_terminated_backfill_stores_fetched_versions_and_the_next_one_continues(
    past: Past, data: DataDir, tmp_path: Path
) -> None:
    shutil.copytree(past.data.root, data.root)
    plan = plan_backfill(past.settings, data, SINCE, "month").wanted
    wanted = {(one.ref.key, one.version_id) for one in plan}
    assert len(wanted) <= FILES_AHEAD
    stored = _snapshots(data)
    command = command_for(data, tmp_path / "elsewhere", past.server, past.organisation)
    line = ("backfill", "--since", SINCE.isoformat(), "--every", "month", "--log-format", "json")
    for one in plan[1:3]:
        past.server.script(
            f"/v1/files/{one.ref.key}\\?.*{one.version_id}", *[HttpAnswer(passthrough=True, delay=500.0)] * 2
        )

    past.server.reset_requests()
    running = command.start(*line)
    with ended(running):
        wait_for(lambda: past.server.spent[1] == len(wanted) - 2)
        running.send_signal(signal.SIGTERM)
        out, err = running.communicate()
    end = json.loads(err.splitlines()[-1])
    assert (running.returncode, out) == (3, "")
    assert (end["event"], end["versions"], end["left"]) == ("end", len(wanted) - 2, 2)
    assert end["message"] == "2 versions are deferred (SIGTERM)."
    assert len(_snapshots(data)) == len(stored) + len(wanted) - 2

    for one in plan[1:3]:
        while past.server.take_script(f"/v1/files/{one.ref.key}?version={one.version_id}"):
            pass
    past.server.reset_requests()
    assert backfill(past.settings, data, SINCE, "month").deferred == 0
    assert past.server.spent[1] == 2
    assert _snapshots(data) == stored | wanted


def test_a_second_signal_ends_a_backfill_at_once(past: Past, data: DataDir, tmp_path: Path) -> None:
    shutil.copytree(past.data.root, data.root)
    first = plan_backfill(past.settings, data, SINCE, "month").wanted[0]
    past.server.script(f"/v1/files/{first.ref.key}\\?.*{first.version_id}", HttpAnswer(passthrough=True, delay=500.0))
    command = command_for(data, tmp_path / "elsewhere", past.server, past.organisation)
    running = command.start("backfill", "--since", SINCE.isoformat(), "--every", "month", "--log-format", "json")
    with ended(running):
        assert running.stderr
        while '"backfilling"' not in running.stderr.readline():
            assert running.poll() is None
        running.send_signal(signal.SIGTERM)
        running.send_signal(signal.SIGINT)
        _, err = running.communicate()
    while past.server.take_script(f"/v1/files/{first.ref.key}?version={first.version_id}"):
        pass
    assert running.returncode == 1
    assert err.splitlines()[-1].startswith("Stopped at once.")


def _assert_events_between_neighbours(past: Past, data: DataDir, backfilled: set[State]) -> None:
    """Compare the events with those of a plain comparison of all documents that loads and backfills have read."""
    found: dict[tuple[Any, ...], set[tuple[Any, ...]]] = {}
    homes: dict[tuple[Any, ...], dict[str, str]] = {}
    pairs = "file_key, from_version, from_last_modified_at, to_version, to_last_modified_at"
    columns = "event, node_id, component_key_before, component_key_after, frame_id"
    rows = query(data.build, f"select {pairs}, {columns} from figma.instance_events")
    for *pair, event, node_id, before, after, frame_id in rows:
        found.setdefault(tuple(pair), set()).add((node_id, "removal" if frame_id else event, before, after))
        if frame_id:
            homes.setdefault(tuple(pair), {})[node_id] = frame_id

    instances = {state: past.instances_of(*state[:2]) for state in backfilled}
    in_frames = {state: past.in_frames_of(*state[:2]) for state in backfilled}
    for states, those, frames in zip(past.states, past.instances, past.in_frames, strict=True):
        instances |= {state: those[state[0]] for state in states}
        in_frames |= {state: frames[state[0]] for state in states}
    expected: dict[tuple[Any, ...], set[tuple[Any, ...]]] = {}
    for start, end in pairwise(sorted(instances, key=lambda state: (state[0], state[2]))):
        if start[0] == end[0]:
            of = (*start, *end[1:])
            expected[of] = plain_events(instances[start], instances[end], in_frames[end], homes.get(of, {}))
    assert found == {of: events for of, events in expected.items() if events}
    versions = {version for _, version, _ in backfilled}
    assert versions & {of[1] for of in found}
    assert versions & {of[3] for of in found}


def _states(past: Past, wanted: set[tuple[str, str]]) -> set[State]:
    newest: dict[tuple[str, str], datetime] = {}
    for save in past.organisation.saves():
        newest[save.file_key, save.version] = save.modified_at
    return {(key, version, newest[key, version]) for key, version in wanted}


def _snapshots(data: DataDir) -> set[tuple[Any, ...]]:
    return set(query(data.build, "select file_key, version from figma.file_snapshots"))
