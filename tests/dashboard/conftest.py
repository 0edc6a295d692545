"""One browser, and one server of the hostile warehouse."""

from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.dashboard.browsing import ARGUMENTS, CHROMIUM, SHARING, WINDOW, Look, Visit, new_context, serving, visiting
from tests.fixtures.published import empty, hostile_folder, publish, published

__all__ = ["empty", "hostile_folder", "publish", "published"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium. Skips the test if it is not installed."""
    if not CHROMIUM.exists():
        pytest.skip(f"there is no {CHROMIUM}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, SHARING])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(hostile_folder: Path) -> Iterator[str]:
    """The address of a server of the hostile warehouse."""
    with serving(hostile_folder) as address:
        yield address


@pytest.fixture(scope="session")
def _acquainted(browser: Browser) -> Iterator[BrowserContext]:
    """A browser context that keeps the cached files of the pages, and the process that has compiled their scripts."""
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
    """A function that opens an address once per module."""
    with ExitStack() as stack:

        @cache
        def open_once(address: str) -> Visit:
            visit = stack.enter_context(visiting(_acquainted))
            visit.page.goto(address)
            return visit

        yield open_once


@pytest.fixture
def look(_open_once: Look) -> Look:
    """A function that opens a page for a test that only looks at it. Such tests of one module share the open page."""

    def look(address: str) -> Visit:
        visit = _open_once(address)
        visit.page.set_viewport_size(WINDOW)
        visit.page.emulate_media(color_scheme="light")
        return visit

    return look


@pytest.fixture
def first_visit(browser: Browser) -> Iterator[Visit]:
    """A visit with an empty browser cache and a clock that the test may set."""
    context = new_context(browser)
    with visiting(context) as visit:
        yield visit
    context.close()
