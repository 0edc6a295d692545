"""Real terminals, narrow and wide, and streams of any encoding."""

import os
import pty
import re
import signal
import struct
import subprocess
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fcntl import ioctl
from threading import Thread

import duckdb
import pytest

from figma_warehouse.data_dir import DataDir
from figma_warehouse.sandbox import HttpAnswer, SampleOrganisation, Server
from tests.fixtures.commands import Command, ended, wait_for

pytestmark = pytest.mark.process

SHOW_CURSOR = "\x1b[?25h"
DOCUMENTS = "/v1/files/[^/]*\\?"
CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass
class Terminal:
    """A process on a terminal, and what it has written there."""

    process: subprocess.Popen[bytes]
    written: bytearray = field(default_factory=bytearray)

    @property
    def text(self) -> str:
        return self.written.decode(errors="replace")

    @property
    def lines(self) -> list[str]:
        """The lines without the codes that control the terminal."""
        return re.split(r"[\r\n]+", CONTROLS.sub("", self.text))


@contextmanager
def on_terminal(command: Command, *arguments: str, columns: int) -> Iterator[Terminal]:
    own, other = pty.openpty()
    ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    environment = command.environment | {"TERM": "xterm", "NO_COLOR": "1", "PYTHONUTF8": "1"}
    environment.pop("COLUMNS", None)
    process = subprocess.Popen(Command.line(*arguments), stdin=other, stdout=other, stderr=other, env=environment)
    os.close(other)
    terminal = Terminal(process)
    reader = Thread(target=_read, args=(own, terminal.written))
    reader.start()
    with ended(process):
        yield terminal
    reader.join()
    os.close(own)


def _read(descriptor: int, written: bytearray) -> None:
    while True:
        try:
            found = os.read(descriptor, 65536)
        except OSError:
            return
        if not found:
            return
        written += found


@pytest.mark.parametrize("columns", [40, 120])
def test_ctrl_c_while_listing_publishes_nothing_new_and_shows_no_full_bar(
    command: Command, loaded: DataDir, server: Server, columns: int
) -> None:
    published = loaded.published.read_bytes()
    server.script("/v2/folders/[^/]*/files", HttpAnswer(passthrough=True, delay=3.0))
    with on_terminal(command, "run", columns=columns) as terminal:
        wait_for(lambda: any("/folders" in request.path for request in server.requests))
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.process.wait() == 1
    last_bar = next(line for line in reversed(terminal.lines) if line.startswith("Loading"))
    assert "━" not in last_bar
    assert "Ended while listing (Ctrl-C). Nothing new was published;" in " ".join(terminal.lines)
    assert terminal.text.rindex(SHOW_CURSOR) > terminal.text.index("Ctrl-C: storing")
    assert loaded.published.read_bytes() == published
    with duckdb.connect(str(loaded.build), read_only=True) as connection:
        last = "select outcome, exit_code from figma.runs order by started_at desc limit 1"
        assert connection.execute(last).fetchall() == [("failed", 1)]


@pytest.mark.parametrize("columns", [40, 120])
def test_ctrl_c_twice_gives_the_cursor_back_and_ends_the_line(command: Command, server: Server, columns: int) -> None:
    server.script(DOCUMENTS, *[HttpAnswer(passthrough=True)] * 5, *[HttpAnswer(passthrough=True, delay=500.0)] * 2)
    with on_terminal(command, "load", columns=columns) as terminal:
        wait_for(lambda: server.spent[1] >= 5)
        terminal.process.send_signal(signal.SIGINT)
        wait_for(lambda: "Ctrl-C: storing" in terminal.text)
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.process.wait() == 1
    assert "Traceback" not in terminal.text
    assert terminal.text.rpartition(SHOW_CURSOR)[2].split("\r\n")[0].strip("\r") == ""
    assert terminal.lines[-2].startswith("Stopped at once.")


def test_ctrl_c_twice_ends_any_command_without_a_traceback(command: Command, server: Server) -> None:
    server.script("/v2/", *[HttpAnswer(passthrough=True, delay=500.0)] * 3)
    with on_terminal(command, "plan", columns=80) as terminal:
        wait_for(lambda: "Listing all files" in terminal.text)
        for _ in range(2):
            terminal.process.send_signal(signal.SIGINT)
        assert terminal.process.wait() in (1, 130)
    assert "Traceback" not in terminal.text
    assert "Stopped" in terminal.lines[-2]


@pytest.mark.parametrize("encoding", ["ascii", "iso-8859-1"])
def test_names_that_an_encoding_lacks_are_escaped(
    command: Command, loaded: DataDir, organisation: SampleOrganisation, encoding: str
) -> None:
    with duckdb.connect(str(loaded.published)) as connection:
        connection.execute("update marts.file_freshness set team_name = 'Tëam 東京', skip_detail = 'Дизайн'")
    assert organisation.team_ids
    environment = command.environment | {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    for verb in ("status", "plan", "load", "run --help"):
        line = Command.line(*verb.split())
        result = subprocess.run(line, env=environment, capture_output=True, check=False)
        text = result.stdout.decode(encoding)
        assert b"Traceback" not in result.stderr
        assert result.returncode == (3 if verb == "load" else 0)
        if verb == "status":
            assert ("T\\xebam" if encoding == "ascii" else "Tëam") + " \\u6771\\u4eac" in text
        if verb == "load":
            assert f"tier 1: 0 {'-' if encoding == 'ascii' else '·'} tier 2" in text
