"""Secrets and hostile names: tokens and webhooks are in no output or file, names from Figma are only text."""

import json
import socket
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest

from figma_warehouse.data_dir import DataDir
from figma_warehouse.sandbox import HttpAnswer, SampleOrganisation, Server, serve
from tests.fixtures.commands import Command, command_for, ended, wait_for
from tests.fixtures.slack_receiver import SlackReceiver

pytestmark = pytest.mark.process

HOOK_SECRET = "T0001/B0002/XyZhookSecret"
NAMES = (
    "'; drop table figma.nodes; --",
    "{0} %s %(name)s {reason} ${HOME}",
    "../../../escaped",
    "red \x1b[31mtext\x1b]0;title\x07\x9b2J",
    "one\nINFO two=2\r\n",
    "back \u202edlrow",
)
SCOPELESS = HttpAnswer(403, b'{"status": 403, "err": "Invalid scope(s): folders:read"}')
EXPIRED = HttpAnswer(403, b'{"status": 403, "err": "Token expired"}')


@dataclass
class Aftermath:
    """What several commands left behind, some of them failed."""

    data: DataDir
    token: str
    results: dict[str, subprocess.CompletedProcess[str]] = field(default_factory=dict)
    processes: list[bytes] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)

    @property
    def printed(self) -> str:
        """All that was written to standard output and error."""
        return "".join(result.stdout + result.stderr for result in self.results.values())


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aftermath]:
    """A run with hostile names, and loads that fail: by a refused token, a crash and a kill."""
    folder = tmp_path_factory.mktemp("secrets")
    organisation = SampleOrganisation(seed=7, weeks=26, week=21)
    with serve(organisation) as server, SlackReceiver() as (address, sent):
        left = Aftermath(DataDir(folder / "data"), organisation.token, sent=sent)
        command = command_for(left.data, folder / "elsewhere", server, organisation)
        command.environment |= {
            "RUNTIME__SLACK_INCOMING_HOOK": f"{address}/{HOOK_SECRET}",
            "RUNTIME__SLACK_ON_PARTIAL": "true",
            "SOURCES__FIGMA__TEAMS": json.dumps(organisation.team_ids[:1]),
        }
        _serve_hostile_names(server, organisation, times=1)
        server.script("/v1/files/[^/]*\\?", *[HttpAnswer(500, b"<html>no</html>")] * 5)
        server.script("/v1/files/[^/]*/versions", SCOPELESS)
        left.results["run"] = command("run")
        left.results["status"] = command("status")
        _serve_hostile_names(server, organisation, times=1)
        left.results["plan"] = command("plan")
        server.script("/v2/teams", EXPIRED)
        left.results["refused"] = command("load", "--log-format", "json")
        _kill_a_load(command, server, left)
        command.environment["LOAD__WORKERS"] = "many"
        left.results["crash"] = command.run("load")
        yield left


def test_each_command_has_its_exit_code(aftermath: Aftermath) -> None:
    codes = {name: result.returncode for name, result in aftermath.results.items()}

    assert codes == {"run": 3, "status": 0, "plan": 0, "refused": 2, "crash": 1}


def test_token_and_webhook_are_in_no_output_process_or_file(aftermath: Aftermath) -> None:
    secrets = [aftermath.token, HOOK_SECRET]
    files = [path for path in aftermath.data.root.rglob("*") if path.is_file()]

    assert [secret for secret in secrets if secret in aftermath.printed] == []
    assert len(aftermath.processes) > 1
    assert [line for line in aftermath.processes for secret in secrets if secret.encode() in line] == []
    assert len(files) > 20
    assert [path for path in files for secret in secrets if secret.encode() in path.read_bytes()] == []


def test_only_the_owner_can_read_what_is_written(aftermath: Aftermath) -> None:
    open_to_others = [path for path in aftermath.data.root.rglob("*") if stat.S_IMODE(path.lstat().st_mode) & 0o077]

    assert open_to_others == []


def test_hostile_names_are_stored_unchanged_and_printed_without_control_characters(
    aftermath: Aftermath,
) -> None:
    with duckdb.connect(str(aftermath.data.published), read_only=True) as connection:
        stored = {name for (name,) in connection.execute("select name from figma.files").fetchall()}
        assert connection.execute("select count(*) > 0 from figma.nodes").fetchall() == [(True,)]
    assert stored == set(NAMES)
    assert [char for char in aftermath.printed if not char.isprintable() and char != "\n"] == []
    assert "\nINFO two=2" not in aftermath.printed
    assert not list(aftermath.data.root.parent.glob("**/*escaped*"))


def test_the_webhook_gets_the_message_of_each_failure(aftermath: Aftermath) -> None:
    where = f"({socket.gethostname()}, {aftermath.data.root})"
    assert [text.partition(":")[0] for text in aftermath.sent] == [
        f"figma-warehouse run {where} ended with exit code 3",
        f"figma-warehouse load {where} ended with exit code 2",
        f"figma-warehouse load {where} ended with exit code 1",
    ]
    assert "Figma refused the token" in aftermath.sent[1]


def test_a_failed_load_is_recorded_with_its_message(aftermath: Aftermath) -> None:
    with duckdb.connect(str(aftermath.data.build), read_only=True) as connection:
        query = "select outcome, exit_code, message from figma.runs order by started_at"
        runs = connection.execute(query).fetchall()

    assert runs[0][:2] == ("partial", 3)
    assert runs[0][2].startswith(f"Skipped: 6 version histories (such as {min(NAMES)}): missing scope (Invalid")
    assert "Skipped: 6 version histories (such as " in aftermath.results["run"].stdout
    assert aftermath.sent[0].endswith(runs[0][2])
    assert runs[1][:2] == ("failed", 2)
    assert runs[1][2].startswith("Figma refused the token")
    # the third was killed
    assert runs[2] == ("cut off", None, None)


def test_json_lines_are_the_only_output(aftermath: Aftermath) -> None:
    refused = aftermath.results["refused"]
    events = [json.loads(line) for line in refused.stderr.splitlines()]

    assert refused.stdout == ""
    assert [event["event"] for event in events] == ["start", "failed"]
    assert events[-1]["exit_code"] == 2
    assert all(event["time"].endswith("+00:00") for event in events)


def _serve_hostile_names(server: Server, organisation: SampleOrganisation, times: int) -> None:
    """Serve a team with one folder of files with hostile names, and one file with an invalid key, this many times."""
    keys = [key for key, file in organisation.truth().files.items() if file.readable][: len(NAMES)]
    at = "2026-06-01T00:00:00Z"
    files = [{"key": key, "name": name, "last_modified": at} for key, name in zip(keys, NAMES, strict=True)]
    files.append({"key": "../../../escaped", "name": "no key", "last_modified": at})
    folders = [{"id": "77", "name": NAMES[0], "parent_folder_id": None}, {"id": "../x", "name": "no id"}]
    answers = {
        "/v2/teams/[^/]*/folders": {"name": NAMES[3], "folders": folders},
        "/v2/folders/77/folders": {"name": NAMES[1], "folders": []},
        "/v2/folders/77/files": {"name": NAMES[1], "files": files},
    }
    for path, answer in answers.items():
        server.script(path, *[HttpAnswer(200, json.dumps(answer).encode())] * times)


def _kill_a_load(command: Command, server: Server, left: Aftermath) -> None:
    """Kill a load, after a look at the command lines of all processes."""
    server.script("/v1/files/[^/]*\\?", HttpAnswer(passthrough=True), *[HttpAnswer(passthrough=True, delay=100.0)] * 2)
    server.reset_requests()
    running = command.start("load")
    with ended(running):
        wait_for(lambda: server.spent[1] > 0)
        left.processes = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
