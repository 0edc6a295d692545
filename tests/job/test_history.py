"""The past: what loads keep of it, what an archive rebuilds, what a backfill adds; against the organisation's own."""

import json
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import psutil
import pytest

from figma_warehouse.data_dir import DataDir
from figma_warehouse.failures import UsageFailure
from figma_warehouse.job.backfill import backfill, plan_backfill
from figma_warehouse.job.load import load
from figma_warehouse.job.replay import replay, replay_file
from figma_warehouse.job.transform import run_dbt, transform
from figma_warehouse.sandbox import HttpAnswer, SampleOrganisation, Server, serve
from figma_warehouse.sandbox.truth.history import (
    SaveTruth,
    monday,
    weekly_activity,
    weekly_editors,
    weekly_states,
    weekly_usage,
)
from figma_warehouse.sandbox.truth.truth import FileTruth
from figma_warehouse.settings import FigmaSettings
from figma_warehouse.source.api.client import TRIES
from figma_warehouse.source.api.stop import Stop
from figma_warehouse.source.documents.archive import REMOVAL, About, Archive
from figma_warehouse.source.documents.outage import MOST_FAILED_IN_A_ROW
from figma_warehouse.source.read_ahead import DOWNLOADS, FILES_AHEAD
from figma_warehouse.source.resources import NODE_TABLES, SNAPSHOT_TABLES
from figma_warehouse.source.schema import TABLES
from tests.conftest import settings_for
from tests.fixtures.build_files import differing
from tests.fixtures.commands import Command, command_for, ended, wait_for
from tests.fixtures.drafts import poisoned_answer

REBUILT = ("documents", *NODE_TABLES, *SNAPSHOT_TABLES, "instance_events")
KINDS = {"components": "component", "component_sets": "component_set", "styles": "style"}
SINCE = date(2026, 8, 1)

State = tuple[str, str, datetime]
Instances = dict[str, str | None]


class Node(msgspec.Struct, rename="camel"):
    id: str
    type: str
    component_id: str | None = None
    children: list["Node"] = []


class Mapped(msgspec.Struct):
    key: str


class Document(msgspec.Struct):
    document: Node
    components: dict[str, Mapped]


@dataclass
class Past:
    """Two teams of an organisation that were loaded three times with an archive, and what they were like each time.

    That of the libraries and the smaller of the others: with branches, FigJam files, and files that nobody can read.
    """

    organisation: SampleOrganisation
    server: Server
    data: DataDir
    archive: Path
    states: list[set[State]] = field(default_factory=list)
    instances: list[dict[str, Instances]] = field(default_factory=list)
    published: list[dict[tuple[str, str], dict[str, Any]]] = field(default_factory=list)
    clocks: list[datetime] = field(default_factory=list)

    @property
    def settings(self) -> FigmaSettings:
        settings = settings_for(self.server, self.organisation)
        settings.teams = self.teams
        settings.archive = str(self.archive)
        return settings

    @property
    def teams(self) -> list[str]:
        libraries, _, smaller = self.organisation.team_ids
        return [libraries, smaller]

    @property
    def files(self) -> dict[str, FileTruth]:
        """The files that there are now, and can be read."""
        files = self.organisation.truth().files
        return {key: file for key, file in files.items() if file.readable and file.team_id in self.teams}

    def load(self) -> None:
        """Load, and keep what the organisation shows at that moment."""
        load(self.settings, self.data)
        files = self.files
        self.states.append({(key, file.version, file.last_modified) for key, file in files.items()})
        self.instances.append({key: self._instances(key) for key in files})
        self.published.append(
            {(kind, one.key): one.row for name, kind in KINDS.items() for one in self.organisation.published(name)}
        )
        self.clocks.append(self.organisation.at)

    def _instances(self, key: str) -> Instances:
        body = self.organisation.document(key, None)
        assert body is not None
        answer = msgspec.json.decode(body, type=Document)
        keys = {node_id: mapped.key for node_id, mapped in answer.components.items()}
        return {node.id: keys.get(node.component_id or "") for node in walk(answer.document) if node.type == "INSTANCE"}


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from walk(child)


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    root = tmp_path_factory.mktemp("past")
    organisation = SampleOrganisation(seed=8, weeks=26, week=21)
    with pytest.MonkeyPatch.context() as patch, serve(organisation) as server:
        patch.setenv("DLT_DATA_DIR", str(root / "dlt"))
        patch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
        made = Past(organisation, server, DataDir(root / "data"), root / "archive")
        for weeks in (0, 2, 1):
            organisation.advance(weeks)
            made.load()
        yield made


@pytest.fixture(scope="module")
def marts(past: Past, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The build file with its models, in a folder of its own."""
    data = DataDir(tmp_path_factory.mktemp("marts") / "data")
    shutil.copytree(past.data.root, data.root)
    transform(data)
    return data.build


def query(path: Path, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        return connection.execute(sql, values).fetchall()


def last_week(path: Path) -> date:
    ((started_at,),) = query(path, "select max(started_at) from figma.runs")
    return monday(started_at)


def removed_files(path: Path) -> dict[str, date]:
    gone = query(path, "select file_key, removed_at from figma.files where removed_at is not null")
    return {key: monday(removed_at) for key, removed_at in gone}


def assert_weekly(past: Past, build: Path, known: set[State]) -> None:
    """Hold growth and usage by week against the organisation's own account of the states that the warehouse knows."""
    states = [past.organisation.state(*state) for state in known]
    weekly = weekly_states(states, removed_files(build), last_week(build))

    growth = query(build, "select file_key, week_start, nodes, is_observed from marts.file_growth_weekly")
    assert {(key, week): (nodes, seen) for key, week, nodes, seen in growth} == {
        place: (state.nodes, is_observed) for place, (state, is_observed) in weekly.items()
    }
    usage = query(
        build, "select component_key, week_start, usages, placements, files from marts.usage_history where usages > 0"
    )
    assert {(key, week): tuple(counts) for key, week, *counts in usage} == {
        place: (counts["usages"], counts["placements"], counts["files"])
        for place, counts in weekly_usage(weekly).items()
    }


@contextmanager
def _replaying(command: Command, past: Past) -> Iterator[tuple[subprocess.Popen[str], list[psutil.Process]]]:
    """A replay of the archive that has stored something, and the processes that it began."""
    running = command.start("replay", "--archive", str(past.archive))
    with ended(running):
        assert running.stderr
        while " replayed " not in running.stderr.readline():
            assert running.poll() is None
        yield running, psutil.Process(running.pid).children(recursive=True)


def test_a_replay_into_an_empty_folder_equals_the_loads_row_for_row(past: Past, data: DataDir) -> None:
    past.server.reset_requests()
    report = replay(str(past.archive), data)
    assert past.server.requests == []
    assert report.exit_code == 0
    assert report.states == len(set.union(*past.states))
    assert differing(data.build, past.data.build, REBUILT) == ""


def test_a_terminated_replay_stores_what_is_under_way_and_the_next_one_ends_as_one_alone(
    past: Past, data: DataDir, tmp_path: Path
) -> None:
    command = command_for(data, tmp_path / "elsewhere", past.server, past.organisation)
    with _replaying(command, past) as (running, workers):
        running.send_signal(signal.SIGTERM)
        out, err = running.communicate()
    stored = {key for (key,) in query(data.build, "select file_key from figma.documents")}
    files = {path.name for path in past.archive.iterdir()}
    assert running.returncode == 3
    assert "Traceback" not in err
    assert f"Ended early (SIGTERM): {len(files) - len(stored)} files are left" in out
    assert 0 < len(stored) < len(files)
    assert psutil.wait_procs(workers, timeout=60)[1] == []

    assert replay(str(past.archive), data).exit_code == 0
    assert differing(data.build, past.data.build, REBUILT) == ""


def test_a_second_signal_ends_a_replay_at_once_with_all_its_processes(
    past: Past, data: DataDir, tmp_path: Path
) -> None:
    command = command_for(data, tmp_path / "elsewhere", past.server, past.organisation)
    with _replaying(command, past) as (running, workers):
        running.send_signal(signal.SIGINT)
        running.send_signal(signal.SIGTERM)
        _, err = running.communicate()
    assert running.returncode == 1
    assert "Traceback" not in err
    assert err.splitlines()[-1].startswith("Stopped at once.")
    assert len(workers) >= 2
    assert psutil.wait_procs(workers, timeout=60)[1] == []


def test_a_replay_in_place_keeps_what_is_newer_and_says_what_it_cannot_read(
    past: Past, data: DataDir, tmp_path: Path
) -> None:
    archive = tmp_path / "archive"
    key = min(key for key, *_ in past.states[0] & past.states[2])
    shutil.copytree(past.archive / key, archive / key)
    newer = min(key for key, *_ in past.states[2] - past.states[1] if key in {one for one, *_ in past.states[0]})
    old = min((past.archive / newer).iterdir(), key=lambda path: path.name.rpartition("-")[2])
    (archive / newer).mkdir()
    shutil.copy(old, archive / newer)
    (broken,) = (archive / key).iterdir()
    broken.write_bytes(broken.read_bytes()[:-20])
    empty = broken.with_name("0-20200101T000000.000000Z.json.zst")
    empty.touch()
    shutil.copytree(past.data.root, data.root)

    report = replay(str(archive), data)

    assert (report.exit_code, report.files_kept_newer, len(report.unreadable)) == (3, 1, 2)
    assert empty.name in report.unreadable[0]
    assert broken.name in report.unreadable[1]
    assert differing(data.build, past.data.build, TABLES) == ""
    with pytest.raises(UsageFailure, match="no archive at"):
        replay(str(tmp_path / "nowhere"), data)


def test_a_document_from_parts_is_replayed_as_such_and_a_removed_file_leaves_its_snapshot_alone(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path))
    noon = datetime(2026, 5, 4, 12, tzinfo=UTC)
    body = b'{"document": {"id": "0:0", "type": "DOCUMENT"}}'
    archive.keep(About("app", "1", noon, noon, "run", size=99, parts=3, last_version="2"), body)

    tables = replay_file(str(tmp_path), "app", None, is_removed=False).tables
    (document,) = tables["documents"].to_pylist()
    facts = ("version", "last_modified_at", "loaded_at", "run_id", "bytes", "parts", "last_version", "node_count")
    assert tuple(document[name] for name in facts) == ("1", noon, noon, "run", 99, 3, "2", 1)

    gone = replay_file(str(tmp_path), "app", None, is_removed=True).tables
    assert gone.keys() & {"documents", "nodes", "file_snapshots"} == {"file_snapshots"}
    archive.keep(About("app", "", noon, noon + timedelta(days=1), "run", REMOVAL))
    after = replay_file(str(tmp_path), "app", None, is_removed=False).tables
    assert after["nodes"]["is_tombstone"].to_pylist() == [True]
    assert after["file_snapshots"].num_rows == 1


def test_events_are_what_a_plain_comparison_of_the_documents_finds(past: Past) -> None:
    expected: set[tuple[Any, ...]] = set()
    for before, after in zip(past.instances, past.instances[1:], strict=False):
        for key in before.keys() & after.keys():
            old, new = before[key], after[key]
            expected |= {(key, node, "insertion", None, new[node]) for node in new.keys() - old.keys()}
            expected |= {(key, node, "removal", old[node], None) for node in old.keys() - new.keys()}
            expected |= {
                (key, node, "swap", old[node], new[node]) for node in old.keys() & new.keys() if old[node] != new[node]
            }
    columns = "file_key, node_id, event, component_key_before, component_key_after"
    found = query(past.data.build, f"select {columns} from figma.instance_events where event <> 'detachment'")
    detached = query(past.data.build, "select file_key, node_id from figma.instance_events where event = 'detachment'")
    assert set(found) == {row for row in expected if row[:2] not in detached}
    assert {row[:2] for row in expected if row[2] == "removal"} >= set(detached)
    assert len(found) > 300
    assert detached
    assert any(event == "swap" for _, _, event, *_ in found)


def test_library_changes_are_what_the_lists_showed_from_load_to_load(past: Past, marts: Path) -> None:
    expected: set[tuple[Any, ...]] = set()
    before: dict[tuple[str, str], dict[str, Any]] = {}
    for now in past.published:
        for thing, row in now.items():
            created_at, updated_at = (datetime.fromisoformat(row[name]) for name in ("created_at", "updated_at"))
            if thing not in before:
                expected.add((*thing, "published", created_at))
            if (thing not in before and updated_at > created_at) or (
                thing in before and before[thing]["updated_at"] != row["updated_at"]
            ):
                expected.add((*thing, "updated", updated_at))
        expected |= {(*thing, "unpublished", None) for thing in before.keys() - now.keys()}
        before = now
    changes = query(marts, "select kind, item_key, event, happened_at from marts.library_changes")
    assert {(*thing, event, None if event == "unpublished" else at) for *thing, event, at in changes} == expected
    assert {event for *_, event, _ in changes} == {"published", "updated", "unpublished"}


def test_growth_and_usage_by_week_carry_forward_what_was_loaded(past: Past, marts: Path) -> None:
    assert_weekly(past, marts, set.union(*past.states))


def saves_seen(past: Past) -> list[SaveTruth]:
    """Return all saves of a file up to when it was last loaded."""
    looked_at = {key: clock for states, clock in zip(past.states, past.clocks, strict=True) for key, *_ in states}
    seen = (save for save in past.organisation.saves() if save.file_key in looked_at)
    return [save for save in seen if save.modified_at <= looked_at[save.file_key]]


def test_editors_by_week_are_who_saved_what(past: Past, marts: Path) -> None:
    columns = "saved_versions, named_versions, sessions"
    found = query(marts, f"select file_key, user_id, week_start, {columns} from marts.file_editors")

    assert {row[:3]: row[3:] for row in found} == weekly_editors(saves_seen(past))


def test_activity_by_week_is_what_people_saved(past: Past, marts: Path) -> None:
    saves = saves_seen(past)
    expected = weekly_activity(saves, removed_files(marts), last_week(marts))
    found = query(
        marts,
        "select file_key, week_start, saved_versions, named_versions, people, sessions, state from marts.file_activity",
    )
    assert {(key, week): tuple(facts) for key, week, *facts in found} == {
        place: (one.saved_versions, one.named_versions, one.people, one.sessions, one.state)
        for place, one in expected.items()
    }
    assert {state for *_, state in found} >= {"active", "slowing", "frozen"}


def test_a_backfill_adds_the_last_version_of_each_month_and_touches_nothing_but_the_past(
    past: Past, marts: Path, data: DataDir
) -> None:
    shutil.copytree(marts.parent, data.root)
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
    assert {(one.ref.key, one.version) for one in plan.wanted} == wanted
    assert len(wanted) > 2
    assert [one.period for one in plan.wanted] == sorted((one.period for one in plan.wanted), reverse=True)

    first = backfill(past.settings, data, SINCE, "month", stop=Stop(max_requests=2))
    assert (first.stored, first.left, first.exit_code) == (2, len(wanted) - 2, 3)
    assert past.server.spent == {1: 2, 2: 0, 3: 0}
    second = backfill(past.settings, data, SINCE, "month")
    assert (second.stored, second.left, second.exit_code) == (len(wanted) - 2, 0, 0)
    assert past.server.spent[1] == len(wanted)
    assert backfill(past.settings, data, SINCE, "month").planned == 0

    states = query(data.build, "select file_key, version, last_modified_at, nodes from figma.file_snapshots")
    assert {tuple(state) for *state, _ in states} >= wanted_states(past, wanted)
    assert {tuple(state): nodes for *state, nodes in states}.items() <= past.organisation.truth().node_counts.items()
    assert set(query(data.build, "select file_key, version from figma.file_snapshots")) == stored | wanted
    untouched = ("documents", *NODE_TABLES, "instance_events", "file_versions", "runs", "outcomes")
    assert differing(data.build, past.data.build, untouched) == ""

    # the models were built before the backfill: what it adds to the past has to change them
    built = run_dbt(data, "run", "--select", "+file_growth_weekly", "+usage_history")
    assert built.returncode == 0, built.stdout
    assert_weekly(past, data.build, set.union(*past.states) | wanted_states(past, wanted))


def wanted_states(past: Past, wanted: set[tuple[str, str]]) -> set[State]:
    newest: dict[tuple[str, str], datetime] = {}
    for save in past.organisation.saves():
        newest[save.file_key, save.version] = save.modified_at
    return {(key, version, newest[key, version]) for key, version in wanted}


def test_a_backfill_ends_cleanly_where_figma_says_no_and_leaves_out_what_is_refused(past: Past, data: DataDir) -> None:
    shutil.copytree(past.data.root, data.root)
    first, second, *_ = plan_backfill(past.settings, data, SINCE, "month").wanted
    past.server.script(f"/v1/files/{first.ref.key}\\?", HttpAnswer(404, b'{"status": 404, "err": "Not found"}'))
    late = HttpAnswer(429, b'{"status": 429, "err": "Rate limit exceeded"}', {"Retry-After": "400000"})
    past.server.script(f"/v1/files/{second.ref.key}\\?", late)

    report = backfill(past.settings, data, SINCE, "month")

    assert (report.refused, report.why, report.exit_code) == (1, "rate limited", 3)
    assert report.retry_at is not None
    assert report.retry_at > datetime.now(UTC) + timedelta(days=4)
    plan = plan_backfill(past.settings, data, SINCE, "month")
    assert plan.refused == 1
    assert first not in plan.wanted
    assert second in plan.wanted


def test_a_version_that_nobody_can_read_is_fetched_once(past: Past, data: DataDir) -> None:
    shutil.copytree(past.data.root, data.root)
    first, *rest = plan_backfill(past.settings, data, SINCE, "month").wanted
    odd = HttpAnswer(200, poisoned_answer(), {"content-type": "application/json"})
    past.server.script(f"/v1/files/{first.ref.key}\\?.*{first.version}", odd)

    report = backfill(past.settings, data, SINCE, "month")

    assert (report.stored, report.refused, report.left) == (len(rest), 1, 0)
    assert plan_backfill(past.settings, data, SINCE, "month").wanted == []


def test_a_backfill_while_figma_fails_leaves_the_rest_to_the_next_one(past: Past, data: DataDir) -> None:
    shutil.copytree(past.data.root, data.root)
    since = date(2026, 8, 15)
    planned = len(plan_backfill(past.settings, data, since, "week").wanted)
    most = (MOST_FAILED_IN_A_ROW + DOWNLOADS - 1) * TRIES
    assert planned * TRIES > 2 * most
    past.server.reset_requests()
    past.server.script("/v1/files/[^/]*\\?", *[HttpAnswer(503, b"<html>")] * planned * TRIES)

    report = backfill(past.settings, data, since, "week")

    assert (report.stored, report.left, report.why) == (0, planned, "server error")
    assert past.server.spent[1] <= most
    while past.server.take_script("/v1/files/any?"):
        pass
    assert backfill(past.settings, data, since, "week").stored == planned


def test_a_terminated_backfill_stores_what_has_come_and_the_next_one_goes_on(
    past: Past, data: DataDir, tmp_path: Path
) -> None:
    shutil.copytree(past.data.root, data.root)
    plan = plan_backfill(past.settings, data, SINCE, "month").wanted
    wanted = {(one.ref.key, one.version) for one in plan}
    assert len(wanted) <= FILES_AHEAD
    stored = _snapshots(data)
    command = command_for(data, tmp_path / "elsewhere", past.server, past.organisation)
    line = ("backfill", "--since", SINCE.isoformat(), "--every", "month", "--log-format", "json")
    for one in plan[1:3]:
        past.server.script(
            f"/v1/files/{one.ref.key}\\?.*{one.version}", *[HttpAnswer(passthrough=True, delay=500.0)] * 2
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
    assert end["message"] == "2 versions wait (SIGTERM)."
    assert len(_snapshots(data)) == len(stored) + len(wanted) - 2

    for one in plan[1:3]:
        while past.server.take_script(f"/v1/files/{one.ref.key}?version={one.version}"):
            pass
    past.server.reset_requests()
    assert backfill(past.settings, data, SINCE, "month").left == 0
    assert past.server.spent[1] == 2
    assert _snapshots(data) == stored | wanted


def test_a_second_signal_ends_a_backfill_at_once(past: Past, data: DataDir, tmp_path: Path) -> None:
    shutil.copytree(past.data.root, data.root)
    first = plan_backfill(past.settings, data, SINCE, "month").wanted[0]
    past.server.script(f"/v1/files/{first.ref.key}\\?.*{first.version}", HttpAnswer(passthrough=True, delay=500.0))
    command = command_for(data, tmp_path / "elsewhere", past.server, past.organisation)
    running = command.start("backfill", "--since", SINCE.isoformat(), "--every", "month", "--log-format", "json")
    with ended(running):
        assert running.stderr
        while '"backfilling"' not in running.stderr.readline():
            assert running.poll() is None
        running.send_signal(signal.SIGTERM)
        running.send_signal(signal.SIGINT)
        _, err = running.communicate()
    while past.server.take_script(f"/v1/files/{first.ref.key}?version={first.version}"):
        pass
    assert running.returncode == 1
    assert err.splitlines()[-1].startswith("Stopped at once.")


def _snapshots(data: DataDir) -> set[tuple[Any, ...]]:
    return set(query(data.build, "select file_key, version from figma.file_snapshots"))


def test_an_archive_that_cannot_be_written_stops_a_load_before_any_request(past: Past, data: DataDir) -> None:
    settings = past.settings
    data.root.mkdir()
    (data.root / "file").touch()
    settings.archive = str(data.root / "file" / "archive")
    past.server.reset_requests()
    with pytest.raises(UsageFailure, match="The archive cannot be written"):
        load(settings, data)
    assert past.server.requests == []
