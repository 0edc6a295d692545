"""Alerts: each finding is told once when it begins and once when it ends, whatever happens in between."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.findings import record_findings
from figma_warehouse.job.publish import publish
from tests.fixtures.commands import Command
from tests.fixtures.hostile import write_warehouse
from tests.fixtures.slack_receiver import SlackReceiver

LOST = {"kind": "lost_instances", "severity": "high", "subject_type": "component", "subject_key": "price"}
GROWN = {"kind": "grown_file", "severity": "low", "subject_type": "file", "subject_key": "app"}
STALE = {"kind": "stale_file", "severity": "medium", "subject_type": "file", "subject_key": "site", "file_key": "site"}


def _finding(columns: dict[str, Any], sentence: str, figure: float | None, file_key: str = "app") -> dict[str, Any]:
    url = f"https://www.figma.com/design/{file_key}"
    return {"file_key": file_key, "sentence": sentence, "figure": figure, "sample_url": url} | columns


FIVE_LOST = _finding(LOST, "App: 5 instances of Price have lost their component.", 5)
GROWN_MUCH = _finding(GROWN | {"figure_before": 100}, "App grew from 100 nodes to 300 in four weeks.", 300)
OLD = _finding(STALE, "Site is loaded in an older state.", 12)


@pytest.fixture
def build(data: DataDir) -> DataDir:
    """A data folder with a build file whose mart `attention` has no rows."""
    data.make()
    write_warehouse(data.build, {})
    with duckdb.connect(str(data.build)) as connection:
        connection.execute("alter table figma.runs add column warehouse_format integer")
    return data


@pytest.fixture
def alerts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Alerts for two kinds."""
    monkeypatch.setenv("ALERTS__LOST_INSTANCES", "3")
    monkeypatch.setenv("ALERTS__GROWN_FILE", "150")


def _run(data: DataDir, findings: Sequence[dict[str, Any]]) -> None:
    """What a run does after its models found these."""
    with duckdb.connect(str(data.build)) as connection:
        connection.execute("delete from marts.attention")
        for row in findings:
            names, marks = ", ".join(row), ", ".join("?" * len(row))
            connection.execute(f"insert into marts.attention ({names}) values ({marks})", list(row.values()))
    record_findings(data)


def _told(monkeypatch: pytest.MonkeyPatch, data: DataDir, findings: Sequence[dict[str, Any]], status: int = 200) -> str:
    """What Slack was sent by a run; nothing if it was sent nothing."""
    receiver = SlackReceiver(status)
    with receiver as (address, texts):
        monkeypatch.setenv("RUNTIME__SLACK_INCOMING_HOOK", address)
        _run(data, findings)
    return "\n".join(texts)


@pytest.mark.usefixtures("alerts")
def test_a_finding_is_told_once_when_it_begins_and_once_when_it_ends(
    build: DataDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = [_told(monkeypatch, build, rows) for rows in ([FIVE_LOST], [FIVE_LOST], [], [])]

    line = "• <https://www.figma.com/design/app|App: 5 instances of Price have lost their component.>\n"
    assert told == [
        f"*Figma needs attention*\n\n*New: 1*\n{line}",
        "",
        f"*Figma: findings that are over*\n\n*Over: 1*\n{line}",
        "",
    ]


@pytest.mark.usefixtures("alerts")
def test_a_finding_that_returns_is_told_again(build: DataDir, monkeypatch: pytest.MonkeyPatch) -> None:
    told = [_told(monkeypatch, build, rows) for rows in ([FIVE_LOST], [], [FIVE_LOST])]

    assert ["New: 1" in text for text in told] == [True, False, True]


@pytest.mark.usefixtures("alerts")
@pytest.mark.parametrize(("figure", "is_told"), [(2, False), (3, True), (None, False)])
def test_only_figures_from_the_threshold_on_are_told(
    build: DataDir, monkeypatch: pytest.MonkeyPatch, figure: float | None, is_told: bool
) -> None:
    assert bool(_told(monkeypatch, build, [FIVE_LOST | {"figure": figure}])) == is_told


@pytest.mark.usefixtures("alerts")
def test_the_figure_of_a_file_that_grew_is_its_growth(build: DataDir, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "App grew" in _told(monkeypatch, build, [GROWN_MUCH])
    assert "Over: 1" in _told(monkeypatch, build, [])
    assert _told(monkeypatch, build, [GROWN_MUCH | {"figure_before": 151}]) == ""


@pytest.mark.usefixtures("alerts")
def test_a_finding_that_passes_the_threshold_later_is_told_then(
    build: DataDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _told(monkeypatch, build, [FIVE_LOST | {"figure": 2}]) == ""
    assert "New: 1" in _told(monkeypatch, build, [FIVE_LOST])


@pytest.mark.usefixtures("alerts")
def test_kinds_that_are_not_named_are_not_told(build: DataDir, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _told(monkeypatch, build, [OLD]) == ""
    assert _told(monkeypatch, build, []) == ""


@pytest.mark.usefixtures("alerts")
def test_what_a_failed_post_did_not_tell_the_next_run_tells(
    build: DataDir, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    _told(monkeypatch, build, [FIVE_LOST], status=500)
    assert "the next run sends the alerts of this one again" in caplog.text
    assert "HTTP status 500" in caplog.text
    assert "127.0.0.1" not in caplog.text
    assert "New: 1" in _told(monkeypatch, build, [FIVE_LOST])
    _told(monkeypatch, build, [], status=500)
    assert "Over: 1" in _told(monkeypatch, build, [])
    assert _told(monkeypatch, build, []) == ""


@pytest.mark.usefixtures("alerts")
def test_a_build_file_that_is_restored_from_the_published_one_tells_nothing_again(
    build: DataDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "New: 2" in _told(monkeypatch, build, [FIVE_LOST, GROWN_MUCH])
    publish(build)
    build.build.unlink()
    shutil.copyfile(build.published, build.build)

    assert _told(monkeypatch, build, [FIVE_LOST, GROWN_MUCH]) == ""
    assert "Over: 1" in _told(monkeypatch, build, [FIVE_LOST])


@pytest.mark.usefixtures("alerts")
def test_a_message_has_twenty_lines_at_most(build: DataDir, monkeypatch: pytest.MonkeyPatch) -> None:
    many = [FIVE_LOST | {"subject_key": str(number)} for number in range(50)]

    told = _told(monkeypatch, build, many)

    assert "*New: 50*" in told
    assert told.count("• <") == 20
    assert "And 30 more" in told
    assert _told(monkeypatch, build, many) == ""


def test_the_table_has_each_finding_with_its_beginning_and_end(build: DataDir) -> None:
    _run(build, [OLD])
    _run(build, [OLD | {"figure": 13}, FIVE_LOST])
    _run(build, [FIVE_LOST])

    with duckdb.connect(str(build.build), read_only=True) as connection:
        columns = "kind, figure, is_from_first_run, ended_at is not null, begin_told_at"
        rows = connection.execute(f"select {columns} from internal.findings order by began_at").fetchall()
    assert rows == [("stale_file", 13, True, True, None), ("lost_instances", 5, False, False, None)]


@pytest.mark.process
def test_two_runs_and_a_lost_build_file_tell_each_finding_once(command: Command, loaded: DataDir) -> None:
    command.environment["ALERTS__STALE_FILE"] = "0"
    with SlackReceiver() as (address, texts):
        command.environment["MESSAGES__WEBHOOK"] = address
        command.environment["MESSAGES__WEBHOOK_FORMAT"] = "slack"
        codes = [command("run").returncode]
        first = list(texts)
        loaded.build.unlink()
        Path(f"{loaded.build}.wal").unlink(missing_ok=True)
        codes.append(command("run").returncode)

    with duckdb.connect(str(loaded.published), read_only=True) as connection:
        stale = "select sentence from marts.attention where kind = 'stale_file'"
        sentences = [sentence for (sentence,) in connection.execute(stale).fetchall()]
    assert codes == [3, 3]
    assert sentences
    assert len(first) == 1
    assert [sentence in first[0] for sentence in sentences] == [True] * len(sentences)
    assert texts == first
