"""The dashboards as a process: how it ends with pages open, and what a restart keeps."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import Browser
from websockets.sync.client import connect

from tests.dashboard.browsing import figures, new_context
from tests.fixtures.commands import ended

pytestmark = pytest.mark.process

PAGES = ("overview", "component_usage")
# it takes less than one; without its own way to end, it takes forty
ENDING_SECONDS = 15
SECONDS = 120


@contextmanager
def started(folder: Path, *options: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    line = [sys.executable, "-m", "figma_warehouse", "dashboard", "--data-dir", str(folder), "--port", "0"]
    process = subprocess.Popen(
        [*line, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"} | environment,
    )
    with ended(process):
        assert process.stdout
        address = re.search(r"http://\S+", process.stdout.readline())
        assert address
        yield process, address[0]


def test_ctrl_c_ends_the_server_while_a_browser_shows_a_page(browser: Browser, hostile_folder: Path) -> None:
    context = new_context(browser)
    with started(hostile_folder) as (process, address):
        page = context.new_page()
        page.goto(f"{address}/overview/")
        figures(page)
        process.send_signal(signal.SIGINT)
        assert process.wait(ENDING_SECONDS) == 0
    context.close()


@pytest.mark.parametrize(("sent", "name"), [(signal.SIGINT, "Ctrl-C"), (signal.SIGTERM, "SIGTERM")])
def test_the_first_signal_ends_the_server_with_a_word_whatever_pages_are_open(
    hostile_folder: Path, sent: signal.Signals, name: str
) -> None:
    with ExitStack() as readers, started(hostile_folder) as (process, address):
        host = urlsplit(address).netloc
        for page in PAGES:
            assert requests.get(f"{address}/{page}/", timeout=SECONDS).status_code == requests.codes.ok
        # one page: CPython 3.11 can fail if two threads compile ("AST constructor recursion depth mismatch")
        reader = connect(f"ws://{host}/{PAGES[0]}/ws?session_id=s_00000a", max_size=None)
        readers.enter_context(reader).recv(timeout=SECONDS)
        process.send_signal(sent)
        assert process.wait(ENDING_SECONDS) == 0
        assert process.stderr
        assert process.stderr.read() == f"{name}: the dashboards are no longer served.\n"


def test_a_session_outlives_a_restart_of_the_server_unless_its_token_was_changed(tmp_path: Path) -> None:
    reader = requests.Session()
    codes: list[int] = []
    for given in ("", "", "a-token-of-some-length"):
        environment = {"DASHBOARD_TOKEN": given} if given else {}
        with started(tmp_path, "--host", "0.0.0.0", **environment) as (process, address):
            local = f"http://127.0.0.1:{urlsplit(address).port}/"
            token = urlsplit(address).query if not codes else ""
            codes.append(reader.get(f"{local}?{token}", timeout=SECONDS).status_code)
            process.terminate()
            process.wait(ENDING_SECONDS)

    assert codes == [200, 200, 401]
    assert (tmp_path / "dashboard.key").stat().st_mode & 0o777 == 0o600
