"""The hostile warehouse, written once, and a folder that has it published; one browser, one server of it."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.dashboard.browsing import ARGUMENTS, CHROMIUM, SHARING, WINDOW, Look, Visit, new_context, serving, visiting
from tests.dashboard.hostile import organisation, write_warehouse


@pytest.fixture(scope="session")
def hostile_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the hostile warehouse; not to be changed."""
    folder = tmp_path_factory.mktemp("hostile")
    write_warehouse(folder / "warehouse.duckdb", organisation())
    return folder


@pytest.fixture
def published(hostile_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The published file that the calculations read."""
    monkeypatch.setenv("DATA_DIR", str(hostile_folder))
    return hostile_folder / "warehouse.duckdb"


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A published file whose tables have no rows."""
    folder = tmp_path / "empty"
    folder.mkdir()
    write_warehouse(folder / "warehouse.duckdb", {})
    monkeypatch.setenv("DATA_DIR", str(folder))
    yield folder / "warehouse.duckdb"
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; skips where there is none."""
    if not CHROMIUM.exists():
        pytest.skip(f"there is no {CHROMIUM}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, SHARING])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(hostile_folder: Path) -> Iterator[str]:
    """The address of the served hostile warehouse."""
    with serving(hostile_folder) as address:
        yield address


@pytest.fixture(scope="session")
def _acquainted(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that keeps what it has read of the pages, and the process that has compiled it."""
    context = new_context(browser)
    stays = context.new_page()
    stays.route("http://127.0.0.1/", lambda route: route.fulfill(body=""))
    stays.goto("http://127.0.0.1/")
    yield context
    context.close()


@pytest.fixture
def visit(_acquainted: BrowserContext) -> Iterator[Visit]:
    """A visit in the light theme."""
    with visiting(_acquainted) as visit:
        yield visit


@pytest.fixture(scope="module")
def _open_once(_acquainted: BrowserContext) -> Iterator[Look]:
    """A function that opens an address once for a whole module."""
    with ExitStack() as stack:

        @cache
        def open_once(address: str) -> Visit:
            visit = stack.enter_context(visiting(_acquainted))
            visit.page.goto(address)
            return visit

        yield open_once


@pytest.fixture
def look(_open_once: Look) -> Look:
    """A function that shows a page to a test that only looks at it: the one of the tests before, where they did so."""

    def look(address: str) -> Visit:
        visit = _open_once(address)
        visit.page.set_viewport_size(WINDOW)
        visit.page.emulate_media(color_scheme="light")
        return visit

    return look


@pytest.fixture
def first_visit(browser: Browser) -> Iterator[Visit]:
    """A visit by a browser that has been nowhere, whose clock may be set."""
    context = new_context(browser)
    with visiting(context) as visit:
        yield visit
    context.close()
