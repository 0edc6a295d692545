"""Visits of a browser to served pages, and the faults that must not occur on them."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, ViewportSize, expect

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # block every other host; Playwright's own way would disable the cache of the browser
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
# pages of one host share a process and its compiled scripts, which halves the work for a page
SHARING = "--process-per-site"
WINDOW: ViewportSize = {"width": 1280, "height": 3000}
PATIENCE = 60_000
TRIES = 6
ENDING_SECONDS = 30

expect.set_options(timeout=PATIENCE)


@dataclass
class Visit:
    """An open page and its faults."""

    page: Page
    faults: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.page.on("dialog", self.refuse)
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("console", self.hear)
        self.page.on("request", lambda request: self.note(request.url))

    def hear(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self.faults.append(f"console: {said.text}")

    def refuse(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def note(self, url: str) -> None:
        if urlsplit(url).hostname not in {"127.0.0.1", None}:
            self.faults.append(f"request: {url}")

    def leads_into_figma(self, *addresses: str) -> None:
        """Wait for a link to each of these addresses, and check that all links to other sites lead to Figma."""
        for address in addresses:
            expect(self.page.locator(f'a[href="{address}"]').first).to_be_attached()
        found = self.page.locator('a[href*="//"]').evaluate_all("links => links.map(link => link.href)")
        assert {urlsplit(address).netloc for address in found} == {"www.figma.com"}


Look = Callable[[str], Visit]


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[str]:
    """Run the dashboard command on a data folder and yield the address that it prints."""
    program = Path(sys.executable).with_name("figma-warehouse")
    command = [str(program), "dashboard", "--data-dir", str(folder), "--port", "0", *options]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"}
    ) as server:
        assert server.stdout is not None
        address = re.search(r"http://\S+", server.stdout.readline())
        try:
            assert address
            yield address[0]
        finally:
            server.terminate()
            _await_end(server)


def _await_end(server: subprocess.Popen[str]) -> None:
    try:
        server.wait(ENDING_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        raise


def new_context(browser: Browser) -> BrowserContext:
    """A browser context with an empty cache, in the light theme."""
    context = browser.new_context(viewport=WINDOW, color_scheme="light")
    context.set_default_timeout(PATIENCE)
    return context


@contextmanager
def visiting(context: BrowserContext) -> Iterator[Visit]:
    """A page that must have no errors, no dialogs and no requests to other hosts."""
    visit = Visit(context.new_page())
    visit.watch()
    try:
        yield visit
        assert visit.page.locator("img[src=x]").count() == 0
        assert visit.faults == [], visit.faults
    finally:
        visit.page.close()


def sees(page: Page, *texts: str) -> None:
    for text in texts:
        expect(page.get_by_text(text, exact=True).locator("visible=true").first).to_be_visible()


def figures(page: Page) -> dict[str, str]:
    """The headline numbers at the top of the page, by their labels."""
    numbers = page.locator("dl.figures").first.locator("> div")
    expect(numbers.first).to_be_visible()
    return {shown.locator("dt").inner_text(): shown.locator("dd").first.inner_text() for shown in numbers.all()}
