"""The command line as a person meets it: what it prints, how it ends, and what it does when things go wrong."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.run_lock import run_lock
from figma_warehouse.sandbox import HttpAnswer, SampleOrganisation, Server
from figma_warehouse.source.schema import TABLES
from tests.fixtures.commands import Command, ended, wait_for
from tests.fixtures.processes import ForkedCommand

SKIPPED = [
    "not_exportable detail='File not exportable'",
    "unsupported_type detail='File type not supported by this endpoint'",
]
TOKEN_WORDS = "figma_token under [sources.figma]"


def test_a_run_says_what_it_loaded_and_exits_3_where_a_file_is_missing(command: Command, data: DataDir) -> None:
    result = command("run")

    assert result.returncode == 3
    assert "47 files: 45 loaded, 0 unchanged, 0 gone, 2 skipped." in result.stdout
    assert f"Published {data.published}" in result.stdout
    assert "done=47 total=47" in result.stderr
    assert _reasons_logged(result.stderr) == SKIPPED

    status = command("status")
    assert status.returncode == 0
    assert "not exportable" in status.stdout
    assert json.loads(command("status", "--json").stdout)["runs"][0]["outcome"] == "partial"


def test_a_plan_spends_no_document_request_and_writes_nothing(
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


def test_once_the_files_that_cannot_be_read_are_excluded_a_load_is_whole(
    command: Command, loaded: DataDir, server: Server, organisation: SampleOrganisation
) -> None:
    refused = [key for key, file in organisation.truth().files.items() if not file.readable]
    command.environment["SOURCES__FIGMA__EXCLUDE"] = json.dumps([*refused, "4711"])
    plan = command("plan")
    server.reset_requests()

    result = command("load")

    assert "45 listed · 0 changed · 0 new · 0 to confirm as removed · 0 refused before · 2 excluded" in plan.stdout
    assert "Excluded  and not there: 4711\n" in plan.stdout
    assert (result.returncode, server.spent[1]) == (0, 0)
    assert "listed files=45 changed=0 gone=2 excluded=2" in result.stderr
    with duckdb.connect(str(loaded.build), read_only=True) as connection:
        expected = "select files_expected, files_skipped from figma.runs order by started_at desc limit 1"
        assert connection.execute(expected).fetchall() == [(45, 0)]


@pytest.mark.usefixtures("loaded")
def test_what_figma_refused_is_asked_for_again_when_told_to(command: Command, server: Server) -> None:
    loads = [command("load", *again) for again in ((), ("--ask-again",))]
    assert [load.returncode for load in loads] == [3, 3]
    assert server.spent[1] == 2
    assert [_reasons_logged(load.stderr) for load in loads] == [SKIPPED] * 2


def test_a_data_folder_that_cannot_be_made_is_named(command: Command) -> None:
    for verb in ("run", "load", "transform", "publish", "plan", "backfill --since 2026-01-01", "demo"):
        result = command(*verb.split(), "--data-dir", "/proc/nowhere")

        assert result.returncode == 2
        assert "The data folder /proc/nowhere cannot be written" in result.stderr
        assert "--data-dir" in result.stderr


@pytest.mark.parametrize("given", [{}, {"FIGMA_TOKEN": ""}, {"FIGMA_TOKEN": "figd_..."}, {"FIGMA_TOKEN": "two words"}])
def test_a_missing_token_is_asked_for_with_the_place_it_belongs_to(
    given: dict[str, str], data: DataDir, tmp_path: Path
) -> None:
    command = Command(data, tmp_path / "elsewhere", **given)

    result = command("run")

    assert result.returncode == 2
    assert TOKEN_WORDS in result.stderr
    assert "file_content:read" in result.stderr
    assert not data.published.exists()


def test_a_refused_token_ends_the_run_and_leaves_the_published_file(
    loaded: DataDir, command: Command, server: Server
) -> None:
    published = loaded.published.read_bytes()
    command.environment["FIGMA_TOKEN"] = "figd_wrong"
    server.reset_requests()

    result = command("run")

    assert result.returncode == 2
    assert result.stderr.splitlines()[-1] == (
        "Figma refused the token: it is invalid or has expired (personal tokens last at most 90 days)."
        " Nothing was changed."
    )
    assert sum(server.spent.values()) == 1
    assert loaded.published.read_bytes() == published


def test_an_unknown_team_is_named_and_the_others_are_loaded(
    command: Command, data: DataDir, organisation: SampleOrganisation
) -> None:
    command.environment["SOURCES__FIGMA__TEAMS"] = json.dumps([organisation.team_ids[0], "999"])

    result = command("load")

    assert result.returncode == 3
    assert "resource=teams id=999 reason=not_found" in result.stderr
    with duckdb.connect(str(data.build), read_only=True) as connection:
        (files,) = connection.execute("select count(*) from figma.documents").fetchone() or (0,)
    assert files > 0


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("FILES", '["https://figma.com/community/file/123"]', '"https://figma.com/community/file/123" is no file'),
        ("EXCLUDE", '["Playground"]', '"Playground" is no file or folder of an organisation. Accepted: https://'),
        ("TEAMS", '["my team"]', '"my team" is no team of an organisation. Accepted: https://'),
        ("TEAMS", "[]", "Nothing to load. Name teams, folders or files"),
        ("BASE_URL", "http://api.figma.com", 'base_url "http://api.figma.com" is no address the token may go to'),
        ("BASE_URL", "not a url", 'base_url "not a url" is no address'),
        ("LIBRARY_ANALYTICS", "maybe", "library_analytics under [sources.figma] must be true or false."),
        ("TEAMS", "{", "teams under [sources.figma] must be a list"),
    ],
)
def test_a_bad_setting_is_named_with_what_is_accepted(
    command: Command, server: Server, setting: str, value: str, words: str
) -> None:
    command.environment[f"SOURCES__FIGMA__{setting}"] = value

    result = command("run")

    assert result.returncode == 2
    assert words in result.stderr
    assert server.requests == []


@pytest.mark.usefixtures("loaded")
def test_a_run_with_settings_that_cannot_be_stands_in_the_status_without_what_is_secret(
    command: Command, server: Server
) -> None:
    good = dict(command.environment)
    wrong = [
        ("FIGMA_TOKEN", "", "The token is empty or no token. Put the one from"),
        ("SOURCES__FIGMA__TEAMS", '["figd_put-into-the-wrong-place"]', '"(a token)" is no team'),
        ("SOURCES__FIGMA__BASE_URL", "https://me:password@figma.example?key=password", 'base_url "https://figma.exa'),
        ("SOURCES__FIGMA__ASSETS", "nowhere://", 'assets "nowhere://" under [sources.figma] cannot be used'),
    ]
    for setting, value, words in wrong:
        command.environment = good | {setting: value}
        assert words in command("run").stderr

    command.environment = good
    runs = json.loads(command("status", "--json").stdout)["runs"]
    assert [(run["outcome"], run["exit_code"]) for run in runs] == [("failed", 2)] * len(wrong) + [("partial", 3)]
    assert [words in run["message"] for run, (*_, words) in zip(runs, reversed(wrong), strict=False)] == [True] * 4
    assert [secret for secret in ("wrong-place", "password") if secret in json.dumps(runs)] == []
    assert server.requests == []


def test_transform_before_a_load_says_what_to_do(data: DataDir, tmp_path: Path) -> None:
    result = Command(data, tmp_path / "elsewhere")("transform")

    assert result.returncode == 2
    assert "Nothing is loaded into" in result.stderr
    assert not data.build.exists()


@pytest.mark.usefixtures("loaded")
def test_a_size_of_memory_that_is_none_is_named(command: Command) -> None:
    command.environment["FIGMA_WAREHOUSE_MEMORY"] = "lots"

    result = command("transform")

    assert result.returncode == 2
    assert 'FIGMA_WAREHOUSE_MEMORY "lots" is no size. Write it as 8GB.' in result.stderr


def test_an_unreachable_address_is_named(command: Command, data: DataDir) -> None:
    command.environment["SOURCES__FIGMA__BASE_URL"] = "http://127.0.0.1:9"

    result = command("run")

    assert result.returncode == 1
    assert "No connection to http://127.0.0.1:9" in result.stderr
    assert not data.published.exists()


def test_a_second_run_says_who_holds_the_warehouse_and_exits_2(command: Command, server: Server) -> None:
    server.script("/v2/teams", HttpAnswer(passthrough=True, delay=15.0))
    first = command.start("load")
    with ended(first):
        wait_for(lambda: len(server.requests) > 0 or first.poll() is not None or _is_locked(command))
        second = command("run")

        assert second.returncode == 2
        assert f"in use by another run (pid {first.pid}, since " in second.stderr
    assert "in use" not in command("publish").stderr


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
    stored = _stored_files(data)
    assert 0 < len(stored) < 45
    with duckdb.connect(str(data.build)) as connection:
        due = connection.execute("select files_expected from figma.runs").fetchall()
    assert due == [(len(organisation.truth().files),)]
    server.reset_requests()

    result = command("load")

    assert result.returncode == 3
    asked = {request.path.rsplit("/", 1)[1] for request in server.requests if request.tier == 1}
    assert asked.isdisjoint(stored)
    assert _stored_files(data) == {key for key, file in organisation.truth().files.items() if file.readable}


def test_a_build_file_locked_by_another_process_is_said_so(command: Command, loaded: DataDir) -> None:
    with held(loaded.build, 120, read_only=False) as pid:
        published = loaded.published.read_bytes()
        for verb in ("run", "transform", "publish"):
            result = command(verb)
            assert result.returncode == 2
            assert f"The build file is in use by another process. It is held by pid {pid}." in result.stderr
        assert loaded.published.read_bytes() == published


@pytest.mark.parametrize("verb", ["load", "publish"])
def test_a_build_file_that_somebody_looks_at_for_a_moment_is_waited_for(
    verb: str, command: Command, loaded: DataDir
) -> None:
    with held(loaded.build, 1.5, read_only=True):
        result = command(verb)
    assert "in use by another process" not in result.stderr
    assert result.returncode == {"load": 3, "publish": 0}[verb]


@pytest.mark.parametrize("verb", ["run", "transform", "publish"])
def test_a_warehouse_of_a_newer_version_is_left_alone(verb: str, command: Command, loaded: DataDir) -> None:
    newer = {"run_id": "newer", "warehouse_format": 99}
    table = pa.Table.from_pylist([newer], schema=TABLES["runs"].schema)
    with duckdb.connect(str(loaded.build)) as connection:
        connection.register("newer", table)
        connection.execute("insert into figma.runs by name select * from newer")
    build, published = loaded.build.read_bytes(), loaded.published.read_bytes()

    result = command(verb)

    assert result.returncode == 2
    assert "has format 99, written by a newer version" in result.stderr
    assert loaded.build.read_bytes() == build
    assert loaded.published.read_bytes() == published


def test_a_run_whose_models_fail_publishes_nothing_and_stands_in_the_status_as_failed(
    command: Command, loaded: DataDir
) -> None:
    published = loaded.published.read_bytes()
    with duckdb.connect(str(loaded.build)) as connection:
        connection.execute("insert into figma.nodes select * from figma.nodes limit 1")

    result = command("run")

    assert result.returncode == 1
    assert "The models did not pass: source_sound_figma_nodes" in result.stderr
    assert "more than one row per file_key, node_id; Got 1 result" in result.stderr
    found = re.search(r"Nothing was published; see (\S+)\. The rows.*< (\S+)", result.stderr)
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


def test_what_was_loaded_and_not_published_is_said_so_until_it_is(command: Command, loaded: DataDir) -> None:
    # as runs leave it that are killed while the models are built
    killed = "insert into figma.runs (run_id, started_at, finished_at, outcome) values (?, now(), now(), 'done')"
    with duckdb.connect(str(loaded.build)) as connection:
        connection.executemany(killed, [["first"], ["second"]])
    status = command("status").stdout
    assert re.findall(r"(?:done|partial)(?: \*)?", status) == ["done *", "done *", "partial"]
    assert "* not published" in status

    assert command("publish").returncode == 0

    assert "not published" not in command("status").stdout
    times = [_published_times(path) for path in (loaded.build, loaded.published)]
    assert times[0] == times[1]
    assert len(times[0]) == 3


def test_the_status_tells_how_old_the_data_is_and_fails_where_that_is_too_old(
    command: Command, loaded: DataDir
) -> None:
    command.environment["TZ"] = "Asia/Tokyo"
    with duckdb.connect(str(loaded.published)) as connection:
        connection.execute("update figma.runs set finished_at = now() - interval '27 hours 30 minutes'")
        failed = "insert into figma.runs (run_id, finished_at, outcome) values ('failed', now(), 'failed')"
        connection.execute(failed)
        ((as_of,),) = connection.sql("select max(finished_at) from figma.runs where outcome <> 'failed'").fetchall()

    young, old = (command("status", "--json", "--max-age", hours) for hours in ("28", "27"))

    assert (young.returncode, young.stderr) == (0, "")
    assert (old.returncode, old.stderr[:23]) == (3, "What is published is 27")
    assert old.stderr.endswith(" hours old, more than 27: figma-warehouse status shows how the last runs ended.\n")
    assert json.loads(old.stdout)["as_of"] == as_of.astimezone(UTC).isoformat()
    assert ", 1 day ago." in command("status").stdout.splitlines()[0]


@pytest.mark.parametrize(("verb", "code"), [("load", 3), ("status", 1)])
def test_a_full_disk_below_standard_output_undoes_no_load(
    command: Command, loaded: DataDir, tmp_path: Path, verb: str, code: int
) -> None:
    errors = tmp_path / "errors"
    process = ForkedCommand((verb,), command.environment, Path("/dev/full"), errors).start()
    process.join()

    assert process.exitcode == code
    assert errors.read_text().splitlines()[-1] == (
        "Standard output cannot be written (No space left on device); what follows is left out."
    )
    with duckdb.connect(str(loaded.build), read_only=True) as connection:
        assert set(connection.execute("select outcome from figma.runs").fetchall()) == {("partial",)}


@pytest.mark.parametrize("verb", ["load", "status"])
def test_a_full_disk_below_standard_error_leaves_the_exit_code_of_a_failure(
    command: Command, tmp_path: Path, verb: str
) -> None:
    environment = command.environment | {"FIGMA_TOKEN": "figd_wrong"}
    process = ForkedCommand((verb,), environment, tmp_path / "output", Path("/dev/full")).start()
    process.join()

    assert process.exitcode == 2


@pytest.mark.usefixtures("loaded")
def test_a_reader_that_leaves_ends_the_status_without_a_word(command: Command) -> None:
    process = command.start("status")
    with ended(process):
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait() == 128 + signal.SIGPIPE
        process.stdout = None


def test_a_run_that_is_killed_right_after_publishing_is_published_all_the_same(
    command: Command, loaded: DataDir
) -> None:
    published = _published_times(loaded.published)
    with duckdb.connect(str(loaded.build)) as connection:
        connection.execute("update figma.runs set published_at = null")

    assert "not published" not in command("status").stdout
    assert command("publish").returncode == 0
    assert _published_times(loaded.build) == _published_times(loaded.published) == published


def test_the_runs_of_a_file_that_an_older_version_published_count_as_published(
    command: Command, loaded: DataDir
) -> None:
    for path in (loaded.build, loaded.published):
        with duckdb.connect(str(path)) as connection:
            # what is in a view cannot lose a column
            connection.execute("drop view staging.stg_runs; alter table figma.runs drop column published_at")

    assert "not published" not in command("status").stdout
    assert command("publish").returncode == 0
    with duckdb.connect(str(loaded.build)) as connection:
        connection.execute("alter table figma.runs add column published_at timestamptz")
    assert command("publish").returncode == 0

    with duckdb.connect(str(loaded.published), read_only=True) as connection:
        assert connection.execute("select published_at = finished_at from figma.runs").fetchall() == [(True,)]


def test_a_run_by_a_clock_that_was_ahead_is_not_shown_as_the_last(command: Command, loaded: DataDir) -> None:
    ahead = "insert into figma.runs (run_id, started_at, outcome) values ('ahead', '2999-01-01 00:00:00+00', 'failed')"
    with duckdb.connect(str(loaded.build)) as connection:
        connection.execute(ahead)

    assert [run["outcome"] for run in json.loads(command("status", "--json").stdout)["runs"]] == ["partial", "failed"]


def test_a_build_file_that_is_no_database_is_said_so(command: Command, data: DataDir) -> None:
    data.root.mkdir(parents=True)
    data.build.write_bytes(b"this is not a database" * 1000)

    result = command("run")

    assert result.returncode == 2
    assert "is no DuckDB database" in result.stderr


def test_a_damaged_build_file_is_said_so_and_the_published_one_heals_it(
    command: Command, loaded: DataDir, server: Server
) -> None:
    with loaded.build.open("r+b") as file:
        file.seek(4096)
        file.write(b"damage" * 40)

    result = command("load")
    assert result.returncode == 1
    assert "The build file is damaged. Move it away" in result.stderr

    loaded.build.unlink()
    assert command("load").returncode in (0, 3)
    assert server.spent[1] == 0


def test_a_lost_build_file_begins_anew_with_all_that_was_published(
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
    assert "is lost: it begins anew from" in result.stderr
    assert server.spent[1] == 0
    with duckdb.connect(str(loaded.build), read_only=True) as connection:
        assert connection.execute(held).fetchall() == published


def test_a_damaged_published_file_is_named_with_the_way_to_make_it_anew(command: Command, loaded: DataDir) -> None:
    loaded.published.write_bytes(b"this is not a database" * 1000)

    for verb in (("status",), ("export", str(loaded.root / "out"))):
        result = command(*verb)
        assert result.returncode == 1
        assert f"{loaded.published} is damaged, or no DuckDB database." in result.stderr

    loaded.published.unlink()
    assert command("publish").returncode == 0
    assert command("status").returncode == 0


@pytest.mark.parametrize(("name", "verbs"), [("build", ["load", "plan"]), ("warehouse", ["status", "publish"])])
def test_a_folder_in_place_of_a_file_is_named(command: Command, loaded: DataDir, name: str, verbs: list[str]) -> None:
    path = loaded.root / f"{name}.duckdb"
    path.unlink()
    path.mkdir()

    for verb in verbs:
        result = command(verb)
        assert result.returncode == 1
        assert re.search(rf"{loaded.root}/{name}\.\w+ cannot be used \(Is a directory\)", result.stderr)


def test_a_file_of_another_user_is_named_with_what_to_do(command: Command, loaded: DataDir) -> None:
    loaded.published.chmod(0)
    line = Command.line("status")
    if os.geteuid() == 0:
        # without what lets root read all the same
        capabilities = "-dac_override,-dac_read_search"
        line = ["setpriv", f"--bounding-set={capabilities}", f"--inh-caps={capabilities}", *line]
    if not shutil.which(line[0]):
        pytest.skip("needs setpriv, or not to be root")

    result = subprocess.run(line, env=command.environment, capture_output=True, text=True, check=False)

    assert result.returncode == 1
    assert result.stderr == (
        f"{loaded.published} cannot be used (Permission denied). Nothing was published."
        " Run this as the owner of that file, or give the file to this user (chown).\n"
    )


def test_settings_that_are_no_toml_are_said_so(command: Command, data: DataDir) -> None:
    secrets = data.root.parent / "elsewhere" / ".dlt" / "secrets.toml"
    secrets.parent.mkdir()
    secrets.write_text("teams = [")

    for verb in ("run", "check"):
        result = command(verb)
        assert result.returncode == 2
        assert "secrets.toml" in result.stderr
        assert "cannot be read" in result.stderr


def test_what_holds_no_models_is_not_published(command: Command, data: DataDir) -> None:
    command("load", "--max-requests", "1")

    result = command("publish")

    assert result.returncode == 2
    assert "holds no models yet. Run figma-warehouse transform first." in result.stderr
    assert not data.published.exists()


def test_a_plan_of_a_backfill_of_nothing_makes_nothing(command: Command, data: DataDir) -> None:
    result = command("plan", "--backfill", "--since", "2026-01-01")

    assert result.returncode == 2
    assert "No version history of these files is stored." in result.stderr
    assert not data.build.exists()


def test_the_status_while_a_first_run_is_going_on_says_so(command: Command, data: DataDir) -> None:
    data.root.mkdir(parents=True)
    with run_lock(data.lock):
        result = command("status")

    assert result.returncode == 0
    assert f"A run is going on (pid {os.getpid()}" in result.stdout
    assert "Nothing is published yet." in result.stdout


@pytest.mark.usefixtures("loaded")
def test_a_team_that_cannot_be_listed_is_named_by_plan_and_status(
    command: Command, organisation: SampleOrganisation
) -> None:
    command.environment["SOURCES__FIGMA__TEAMS"] = json.dumps([*organisation.team_ids, "999"])

    assert "Not listed: team 999: not found" in command("plan").stdout
    assert command("load").returncode == 3
    assert command("publish").returncode == 0
    assert "Not listed: team 999: not found" in command("status").stdout


def test_a_limit_below_what_the_listings_take_says_that_it_leads_nowhere(command: Command, server: Server) -> None:
    result = command("load", "--max-requests", "1")

    assert f"the listings alone took {sum(server.spent.values())} requests, so a run needs more" in result.stdout


@pytest.mark.usefixtures("loaded")
def test_a_count_that_figma_refuses_is_named_by_the_status_and_one_that_it_gives_is_planned_once_a_day(
    command: Command, server: Server
) -> None:
    assert "tier 3: 9" in command("plan").stdout
    command.environment["SOURCES__FIGMA__LIBRARY_ANALYTICS"] = "true"
    refused, other = sorted({item.file_key for item in server.org.published("components")})
    scopeless = HttpAnswer(403, b'{"status": 403, "error": true, "message": "Invalid scope(s): file_content:read"}')
    server.script(f"/v1/analytics/libraries/{refused}/", scopeless)

    assert "tier 3: 11" in command("plan").stdout
    assert command("load").returncode == 3
    assert command("publish").returncode == 0
    said = command("status").stdout
    assert (
        f"Not listed: Figma's own count of {refused}: missing scope (Invalid scope(s): file_content:read (/v1/" in said
    )
    assert "needs library_analytics:read))" in said
    assert f"Figma's own count of {other}" not in said
    assert "tier 3: 10" in command("plan").stdout


def test_a_file_that_was_listed_and_never_loaded_is_planned_as_new(command: Command) -> None:
    command("load", "--max-requests", "1")

    assert "47 listed · 0 changed · 47 new" in command("plan").stdout


def test_settings_on_which_a_run_does_not_begin_are_found_by_check(command: Command, server: Server) -> None:
    command.environment["SOURCES__FIGMA__IMAGES"] = "all"

    result = command("check")

    assert result.returncode == 2
    assert 'FAILED   settings: Pictures under [sources.figma]: images "all" is none of' in result.stdout
    assert sum(server.spent.values()) == 0


@pytest.mark.usefixtures("loaded")
def test_a_folder_that_cannot_be_made_is_said_so_before_anything_is_asked(
    command: Command, organisation: SampleOrganisation, server: Server
) -> None:
    key = next(iter(organisation.truth().files))
    for arguments in (
        ("export", "/proc/none"),
        ("dashboard", "--export", "/proc/none/pages"),
        ("images", key, "--out", "/proc/none"),
    ):
        result = command(*arguments)
        assert result.returncode == 2
        assert "/proc/none is no folder that can be written" in result.stderr
    assert sum(server.spent.values()) == 0


def test_ctrl_c_in_the_demo_ends_it_in_one_sentence(tmp_path: Path) -> None:
    command = Command(DataDir(tmp_path / "data"), tmp_path / "elsewhere")
    process = command.start("demo", "--data-dir", str(tmp_path / "data"))
    with ended(process):
        assert process.stderr
        assert any(" loaded " in line for line in process.stderr)
        process.send_signal(signal.SIGINT)
        words = process.stderr.read()
        assert process.wait() == 130
    assert "Traceback" not in words
    assert words.rstrip().endswith("Stopped. What was stored stays; the same command goes on from there.")


def test_a_full_disk_is_said_so_and_the_published_file_stays(
    command: Command, loaded: DataDir, tmp_path: Path, organisation: SampleOrganisation
) -> None:
    used = sum(path.stat().st_size for path in loaded.root.rglob("*") if path.is_file())
    with _small_disk(tmp_path / "disk", megabytes=used // 1_000_000 + 20) as disk:
        shutil.copytree(loaded.root, disk / "data")
        published = DataDir(disk / "data").published
        before = published.read_bytes()
        (disk / "ballast").write_bytes(bytes(shutil.disk_usage(disk).free - 300_000))
        organisation.advance()
        command.environment["DATA_DIR"] = str(published.parent)
        command.environment["DLT_DATA_DIR"] = str(published.parent / "dlt")

        result = command("run")

        assert result.returncode == 1
        assert "The disk is full. Nothing was published; free some space and run again." in result.stderr
        assert published.read_bytes() == before


def test_the_sandbox_prints_settings_that_a_run_can_use(data: DataDir, tmp_path: Path) -> None:
    command = Command(data, tmp_path / "elsewhere")
    process = command.start("sandbox", "--port", "0", "--week", "2")
    with ended(process):
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(5)]
        words = shlex.split(" ".join(line for line in lines if line.strip().startswith("export")))
        command.environment |= dict(word.split("=", 1) for word in words if "=" in word)

        assert "44 listed" in command("plan").stdout


def test_status_and_publish_before_the_first_run_say_what_to_do(data: DataDir, tmp_path: Path) -> None:
    command = Command(data, tmp_path / "elsewhere")
    for verb in ("status", "publish"):
        result = command(verb)
        assert result.returncode == 2
        assert "figma-warehouse run" in result.stderr


def test_files_written_are_readable_by_their_owner_alone(command: Command, loaded: DataDir) -> None:
    loaded.published.unlink()
    command("publish")

    assert loaded.published.stat().st_mode & 0o077 == 0


def test_a_published_file_that_is_a_link_or_opened_to_readers_stays_so(
    command: Command, loaded: DataDir, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "warehouse.duckdb"
    loaded.published.rename(elsewhere)
    loaded.published.symlink_to(elsewhere)
    elsewhere.chmod(0o640)
    before = elsewhere.stat().st_ino

    command("publish")

    assert loaded.published.is_symlink()
    assert elsewhere.stat().st_ino != before
    assert elsewhere.stat().st_mode & 0o777 == 0o640


@contextmanager
def _small_disk(path: Path, megabytes: int) -> Iterator[Path]:
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(path)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("needs the right to mount a small disk")
    try:
        yield path
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)


def _is_locked(command: Command) -> bool:
    lock = Path(command.environment["DATA_DIR"]) / "run.lock"
    return lock.exists() and "pid" in lock.read_text()


def _stored_files(data: DataDir) -> set[str]:
    with duckdb.connect(str(data.build), read_only=True) as connection:
        return {key for (key,) in connection.execute("select file_key from figma.documents").fetchall()}


def _reasons_logged(log: str) -> list[str]:
    return sorted(line.partition(" reason=")[2] for line in log.splitlines() if " skipped " in line)


def _published_times(path: Path) -> list[tuple[str, datetime]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        times = "select run_id, published_at from figma.runs where published_at is not null order by run_id"
        return connection.execute(times).fetchall()


@contextmanager
def held(path: Path, seconds: float, *, read_only: bool) -> Iterator[int]:
    """Let another process have a database open for a while; its process id."""
    hold = f"c = duckdb.connect({str(path)!r}, read_only={read_only}); print('held', flush=True); time.sleep({seconds})"
    holder = subprocess.Popen([sys.executable, "-c", f"import duckdb, time; {hold}"], stdout=subprocess.PIPE, text=True)
    with ended(holder):
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        yield holder.pid
