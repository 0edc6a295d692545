"""Runs that end early, by a signal or a limit."""

import os
import signal
from pathlib import Path

import duckdb
import pytest

from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.load import load
from figma_warehouse.sandbox import HttpAnswer, SampleOrganisation, Server
from figma_warehouse.settings import FigmaSettings
from figma_warehouse.source.api.stop import Stop
from figma_warehouse.source.read_ahead import DOWNLOADS
from figma_warehouse.terminal.signals import stop_on_signals
from tests.fixtures.build_files import stored_files
from tests.fixtures.commands import Command, ended, wait_for
from tests.fixtures.processes import ForkedCommand

DOCUMENTS = "/v1/files/[^/]*\\?"
ENDING_SECONDS = 30


def test_a_terminated_run_publishes_what_it_has_and_leaves_hanging_downloads(
    command: Command, server: Server, organisation: SampleOrganisation, data: DataDir
) -> None:
    server.script(
        DOCUMENTS, *[HttpAnswer(passthrough=True)] * 15, *[HttpAnswer(passthrough=True, delay=500.0)] * DOWNLOADS
    )
    running = command.start("run")
    with ended(running):
        # the 16th and later requests hang
        wait_for(lambda: server.spent[1] >= 15)
        running.send_signal(signal.SIGTERM)
        out, err = running.communicate()
    assert running.returncode == 3
    assert "Traceback" not in err
    assert "ending signal=SIGTERM" in err
    assert "Ended early (SIGTERM): " in out
    stored = stored_files(data)
    assert len(stored) in (13, 14, 15)
    with duckdb.connect(str(data.published), read_only=True) as connection:
        coverage = "select loaded, skip_reasons from marts.coverage where resource = 'documents'"
        ((loaded, reasons),) = connection.execute(coverage).fetchall()
        (put_off,) = connection.execute("select files_put_off from figma.runs").fetchone() or (0,)
        assert connection.execute("select distinct is_conclusive from marts.orphaned_styles").fetchall() == [(False,)]
    assert loaded == len(stored)
    assert f"put_off {put_off}" in reasons
    while server.take_script("/v1/files/any?"):
        # a scripted answer that was not used would make the next load wait for it
        pass
    server.reset_requests()

    command("load")

    asked = {request.path.rsplit("/", 1)[1] for request in server.requests if request.tier == 1}
    assert asked.isdisjoint(stored)
    assert stored_files(data) == {key for key, file in organisation.truth().files.items() if file.readable}


def test_a_second_signal_ends_a_run_at_once_with_one_sentence(command: Command, server: Server, data: DataDir) -> None:
    server.script(DOCUMENTS, *[HttpAnswer(passthrough=True)] * 5, *[HttpAnswer(passthrough=True, delay=500.0)] * 2)
    running = command.start("load")
    with ended(running):
        wait_for(lambda: server.spent[1] >= 5)
        running.send_signal(signal.SIGINT)
        running.send_signal(signal.SIGTERM)
        _, err = running.communicate()

    assert running.returncode == 1
    assert "Traceback" not in err
    assert err.splitlines()[-1].startswith("Stopped at once.")
    assert not data.published.exists()


def test_a_second_signal_ends_a_run_whose_standard_error_is_full(
    command: Command, server: Server, tmp_path: Path
) -> None:
    server.script(DOCUMENTS, *[HttpAnswer(passthrough=True)] * 5, *[HttpAnswer(passthrough=True, delay=500.0)] * 2)
    running = ForkedCommand(("load",), command.environment, tmp_path / "output", Path("/dev/full")).start()
    wait_for(lambda: server.spent[1] >= 5)
    assert running.pid
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(running.pid, number)
    running.join(ENDING_SECONDS)
    running.kill()

    assert running.exitcode == 1


@pytest.mark.parametrize(
    ("handler", "sent", "sent_names"),
    [
        # when a terminal closes, the shell and the system both send it
        (signal.SIG_DFL, (signal.SIGHUP, signal.SIGHUP), ["SIGHUP"]),
        # as under nohup
        (signal.SIG_IGN, (signal.SIGHUP, signal.SIGTERM), ["SIGTERM"]),
    ],
)
def test_a_terminal_that_closes_stops_a_run_unless_sighup_is_ignored(
    handler: signal.Handlers, sent: tuple[signal.Signals, ...], sent_names: list[str]
) -> None:
    stop, said = Stop(), list[str]()
    before = signal.signal(signal.SIGHUP, handler)
    try:
        with stop_on_signals(stop, said.append):
            for number in sent:
                signal.raise_signal(number)
            wait_for(lambda: bool(said))
    finally:
        signal.signal(signal.SIGHUP, before)

    assert ([stop.reason], said) == (sent_names, sent_names)


def test_a_limit_of_requests_is_never_exceeded_and_the_next_load_continues(
    command: Command, server: Server, organisation: SampleOrganisation, data: DataDir
) -> None:
    listings = 36
    first = command("load", "--max-requests", str(listings + 11))

    assert first.returncode == 3
    assert sum(server.spent.values()) == listings + 11
    assert "Ended early (the limit of 47 requests): " in first.stdout
    server.reset_requests()

    second = command("load", "--max-minutes", "0")
    assert second.returncode == 3
    assert server.spent[1] == 0
    assert "Ended early (the limit of 0 minutes): " in second.stdout

    assert command("load").returncode == 3
    assert stored_files(data) == {key for key, file in organisation.truth().files.items() if file.readable}
    documents = [request.path for request in server.requests if request.tier == 1]
    assert len(documents) == len(set(documents))


@pytest.mark.slow
def test_metadata_that_is_rate_limited_for_days_closes_its_own_tier(
    server: Server, organisation: SampleOrganisation, settings: FigmaSettings, data: DataDir
) -> None:
    settings.teams, settings.files = None, sorted(organisation.truth().files)[:2]
    server.script(
        "/v1/files/[^/]*/meta", HttpAnswer(429, b'{"status":429,"err":"Slow down"}', {"Retry-After": "400000"})
    )

    report = load(settings, data)

    assert server.spent == {1: 0, 2: 0, 3: 1}
    assert [park.tier for park in report.closed_tiers] == [3]
