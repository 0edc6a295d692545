"""What `run` and `load` print, how they end, and how a later one continues."""

import json
import re
import shlex
import signal
from pathlib import Path

import duckdb
import pytest

from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.load import STORE_SECONDS
from figma_warehouse.sandbox import HttpAnswer, SampleOrganisation, Server
from tests.fixtures.build_files import stored_files
from tests.fixtures.commands import Command, ended, wait_for

pytestmark = pytest.mark.process

SKIPPED = [
    "not_exportable detail='File not exportable'",
    "unsupported_type detail='File type not supported by this endpoint'",
]


def test_a_run_prints_its_counts_and_exits_3_if_a_file_is_missing(command: Command, data: DataDir) -> None:
    result = command("run")

    assert result.returncode == 3
    assert "47 files and branches: 45 loaded, 0 unchanged, 0 removed, 2 skipped." in result.stdout
    assert f"Published {data.published}" in result.stdout
    assert "done=47 total=47" in result.stderr
    assert _reasons_logged(result.stderr) == SKIPPED

    status = command("status")
    assert status.returncode == 0
    assert "not exportable" in status.stdout
    assert json.loads(command("status", "--json").stdout)["runs"][0]["outcome"] == "partial"


def test_a_load_is_complete_once_unreadable_files_are_excluded(
    command: Command, loaded: DataDir, server: Server, organisation: SampleOrganisation
) -> None:
    refused = [key for key, file in organisation.truth().files.items() if not file.readable]
    command.environment["SOURCES__FIGMA__EXCLUDE"] = json.dumps([*refused, "4711"])
    plan = command("plan")
    server.reset_requests()

    result = command("load")

    assert "45 listed · 0 changed · 0 new · 0 to confirm as removed · 0 refused before · 2 excluded" in plan.stdout
    assert "Excluded  but in no listing: 4711\n" in plan.stdout
    assert (result.returncode, server.spent[1]) == (0, 0)
    assert "listed files=45 changed=0 gone=2 excluded=2" in result.stderr
    with duckdb.connect(str(loaded.build), read_only=True) as connection:
        expected = "select files_expected, files_skipped from figma.runs order by started_at desc limit 1"
        assert connection.execute(expected).fetchall() == [(45, 0)]


@pytest.mark.usefixtures("loaded")
def test_ask_again_requests_refused_files_at_once(command: Command, server: Server) -> None:
    loads = [command("load", *again) for again in ((), ("--ask-again",))]
    assert [load.returncode for load in loads] == [3, 3]
    assert server.spent[1] == 2
    assert [_reasons_logged(load.stderr) for load in loads] == [SKIPPED] * 2


def test_an_unknown_team_is_logged_and_the_others_are_loaded(
    command: Command, data: DataDir, organisation: SampleOrganisation
) -> None:
    command.environment["SOURCES__FIGMA__TEAMS"] = json.dumps([organisation.team_ids[0], "999"])

    result = command("load")

    assert result.returncode == 4
    assert "resource=teams id=999 reason=not_found" in result.stderr
    with duckdb.connect(str(data.build), read_only=True) as connection:
        (files,) = connection.execute("select count(*) from figma.documents").fetchone() or (0,)
    assert files > 0


def test_a_limit_that_the_listings_exceed_is_reported(command: Command, server: Server) -> None:
    result = command("load", "--max-requests", "1")

    assert f"the listings alone took {sum(server.spent.values())} requests, so a run needs more" in result.stdout


def test_a_second_run_names_the_first_and_exits_2(command: Command, server: Server) -> None:
    server.script("/v2/teams", HttpAnswer(passthrough=True, delay=15.0))
    first = command.start("load")
    with ended(first):
        wait_for(lambda: len(server.requests) > 0 or first.poll() is not None or _is_locked(command))
        second = command("run")

        assert second.returncode == 2
        assert f"in use by another run (pid {first.pid}, since " in second.stderr
    assert "in use" not in command("publish").stderr


@pytest.mark.usefixtures("loaded")
def test_a_run_that_is_killed_between_lookups_by_key_repeats_no_key_that_it_has_stored(
    command: Command, server: Server, organisation: SampleOrganisation
) -> None:
    command.environment["SOURCES__FIGMA__KEY_LOOKUPS"] = "true"
    by_key = "/v1/(components|styles)/[0-9a-f]{40}$"
    # slow enough to be stored one by one; the third is never answered
    slow, unanswered = HttpAnswer(passthrough=True, delay=1.2 * STORE_SECONDS), HttpAnswer(drop=True)
    server.script(by_key, slow, slow, *[unanswered] * 5)
    first = command.start("load")
    with ended(first):
        wait_for(lambda: any(request.status == 0 for request in server.requests) or first.poll() is not None)
        first.send_signal(signal.SIGKILL)
        first.wait()
    stored = [one.path for one in server.requests if re.fullmatch(by_key, one.path) and one.status]
    assert len(stored) == 2
    while server.take_script(f"/v1/styles/{'0' * 40}?"):
        pass
    server.reset_requests()

    assert command("load").returncode == 3

    asked = [one.path for one in server.requests if re.fullmatch(by_key, one.path)]
    assert len(asked) == len(organisation.truth().key_lookups) - 2 > 0
    assert not set(asked) & set(stored)


def test_a_killed_run_leaves_no_lock_and_the_next_one_continues(
    command: Command, server: Server, organisation: SampleOrganisation, data: DataDir
) -> None:
    server.script("/v1/files/[^/]*\\?", *[HttpAnswer(passthrough=True, delay=0.2)] * 60)
    first = command.start("load")
    with ended(first):
        assert first.stderr
        assert any(" stored " in line for line in first.stderr)
        first.send_signal(signal.SIGKILL)
        first.wait()
    assert _outcomes(command) == ["cut off"]
    stored = stored_files(data)
    assert 0 < len(stored) < 45
    with duckdb.connect(str(data.build)) as connection:
        due = connection.execute("select files_expected from figma.runs").fetchall()
    assert due == [(len(organisation.truth().files),)]
    server.reset_requests()

    result = command("load")

    assert result.returncode == 3
    asked = {request.path.rsplit("/", 1)[1] for request in server.requests if request.tier == 1}
    assert asked.isdisjoint(stored)
    assert stored_files(data) == {key for key, file in organisation.truth().files.items() if file.readable}
    assert _outcomes(command) == ["partial", "cut off"]
    with duckdb.connect(str(data.build), read_only=True) as connection:
        outcomes = connection.execute("select outcome from figma.runs order by started_at").fetchall()
    assert outcomes == [("cut off",), ("partial",)]


def test_a_run_whose_models_fail_publishes_nothing_and_is_recorded_as_failed(command: Command, loaded: DataDir) -> None:
    published = loaded.published.read_bytes()
    with duckdb.connect(str(loaded.build)) as connection:
        connection.execute("insert into figma.nodes select * from figma.nodes limit 1")
        # rows that did not change are not tested again
        connection.execute("update figma.documents set content_hash = 'of another document'")

    result = command("run")

    assert result.returncode == 1
    assert "Models or tests failed: source_sound_figma_nodes" in result.stderr
    assert "more than one row per file_key, node_id; Got 1 result" in result.stderr
    found = re.search(r"Nothing was published; see (\S+)\. To see the rows.*< (\S+)", result.stderr)
    assert found
    log, query = found.groups()
    assert "source_sound_figma_nodes" in Path(log).read_text()
    assert loaded.published.read_bytes() == published
    assert [run["outcome"] for run in json.loads(command("status", "--json").stdout)["runs"]] == ["failed", "partial"]
    with duckdb.connect(str(loaded.build), read_only=True) as connection:
        exit_codes = "select exit_code from figma.runs order by started_at"
        assert connection.execute(exit_codes).fetchall() == [(3,), (1,)]
        (place,) = connection.execute(Path(query).read_text()).pl()["found"].to_list()
        assert json.loads(place)["row_count"] == 2


def test_a_lost_build_file_starts_again_from_the_published_file(
    command: Command, loaded: DataDir, server: Server
) -> None:
    held = "select file_key, version, nodes from figma.file_snapshots order by all"
    with duckdb.connect(str(loaded.published), read_only=True) as connection:
        published = connection.execute(held).fetchall()
    loaded.build.unlink()
    loaded.build.with_name("build.duckdb.wal").write_bytes(b"of the lost file")

    assert "0 documents" not in command("plan").stdout
    result = command("load")

    assert result.returncode == 3
    assert "is lost: it starts again as a copy of" in result.stderr
    assert server.spent[1] == 0
    with duckdb.connect(str(loaded.build), read_only=True) as connection:
        assert connection.execute(held).fetchall() == published


def test_ctrl_c_ends_the_demo_with_one_sentence(tmp_path: Path) -> None:
    command = Command(DataDir(tmp_path / "data"), tmp_path / "elsewhere")
    process = command.start("demo", "--data-dir", str(tmp_path / "data"))
    with ended(process):
        assert process.stderr
        assert any(" loaded " in line for line in process.stderr)
        process.send_signal(signal.SIGINT)
        words = process.stderr.read()
        assert process.wait() == 130
    assert "Traceback" not in words
    assert words.rstrip().endswith("Stopped. What is stored is kept; run the same command to continue.")


def test_the_sandbox_prints_settings_that_a_run_can_use(data: DataDir, tmp_path: Path) -> None:
    command = Command(data, tmp_path / "elsewhere")
    process = command.start("sandbox", "--port", "0", "--week", "2")
    with ended(process):
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(5)]
        words = shlex.split(" ".join(line for line in lines if line.strip().startswith("export")))
        command.environment |= dict(word.split("=", 1) for word in words if "=" in word)

        assert "44 listed" in command("plan").stdout


def _outcomes(command: Command) -> list[str]:
    return [run["outcome"] for run in json.loads(command("status", "--json").stdout)["runs"]]


def _reasons_logged(log: str) -> list[str]:
    return sorted(line.partition(" reason=")[2] for line in log.splitlines() if " skipped " in line)


def _is_locked(command: Command) -> bool:
    lock = Path(command.environment["DATA_DIR"]) / "run.lock"
    return lock.exists() and "pid" in lock.read_text()
