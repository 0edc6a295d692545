"""The exported pages: served by a plain web server, with every other host blocked."""

import os
import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Browser, expect

from figma_warehouse.dashboard import tables
from figma_warehouse.dashboard.items.pages import KINDS
from figma_warehouse.dashboard.site_map import PAGES
from figma_warehouse.dashboard.static_pages import export_pages
from figma_warehouse.dashboard.templating import STATIC
from figma_warehouse.data_dir import DataDir
from figma_warehouse.failures import UsageFailure
from tests.dashboard.browsing import Visit
from tests.fixtures.hostile import IMAGE, NOW, SCRIPT
from tests.fixtures.installation import Installation

# one grey pixel
PICTURE = "data:image/gif;base64,R0lGODlhAQABAIAAAISEhP///yH5BAAAAAAALAAAAAABAAEAAAICRAEAOw=="
TABLE = (
    '<div><table class="whole searched"><thead><tr><th>Name</th></tr></thead>'
    '<tbody><tr><td data-sort="Icon">Icon</td></tr></tbody></table></div>'
)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name in the standard library
        """Say nothing."""


@pytest.fixture(scope="module")
def written(installed: Installation, hostile_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an export by the installed package, over an earlier one and beside those of killed ones."""
    folder = tmp_path_factory.mktemp("web") / "pages"
    folder.mkdir()
    (folder / ".figma-warehouse").touch()
    (folder / "stale.html").touch()
    for killed in (hostile_folder / "export.killed", folder.with_name(f".{folder.name}.killed")):
        killed.mkdir()
        (killed / ".figma-warehouse").touch()
        os.utime(killed, (0, 0))
    output = installed("dashboard", "--data-dir", str(hostile_folder), "--export", str(folder))
    items = [path for kind in KINDS for path in (folder / kind).iterdir()]
    assert output == f"Wrote {len(PAGES) + len(items)} pages: {folder / 'index.html'}\n"
    return folder


@pytest.fixture(scope="module")
def static_site(written: Path) -> Iterator[str]:
    """The address of a plain web server for the folder."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(written))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.process
def test_every_exported_page_shows_its_data_and_loads_nothing_from_other_hosts(visit: Visit, static_site: str) -> None:
    for listed in PAGES:
        visit.page.goto(f"{static_site}/index.html")
        visit.page.get_by_text(listed.question).click()
        expect(visit.page.locator("h1")).to_have_text(listed.title)
        expect(visit.page.locator("dl.figures").first).to_be_visible()
        expect(visit.page.get_by_text("This page is a static copy").first).to_be_visible()
        expect(visit.page.locator("[data-cell-role=output] .text-destructive, .marimo-error")).to_have_count(0)
        expect(visit.page.get_by_text("Choose a")).to_have_count(0)


@pytest.mark.process
def test_every_link_of_the_export_leads_to_a_file_of_it(visit: Visit, static_site: str, written: Path) -> None:
    checked = set()
    for path in sorted(path for path in written.rglob("*.html") if "marimo" not in path.parts):
        if path.name == "lineage.html":
            continue
        visit.page.goto(f"{static_site}/{path.relative_to(written)}")
        expect(visit.page.locator("main, .masthead").first).to_be_visible()
        if path.parent == written and path.stem != "index":
            visit.page.wait_for_load_state("networkidle")
        for address in visit.page.locator("a[href]").evaluate_all("links => links.map(link => link.href)"):
            if address.startswith(static_site):
                place = unquote(urlsplit(address).path).removeprefix("/")
                assert (written / place).is_file(), (path.name, address)
                checked.add(place)
    assert {f"{kind}/{path.name}" for kind in KINDS for path in (written / kind).iterdir()} & checked
    assert {"index.html", "lineage.html", *(f"{page.name}.html" for page in PAGES)} <= checked


@pytest.mark.process
def test_the_exported_index_answers_from_the_exported_state(written: Path) -> None:
    index = (written / "index.html").read_text()

    assert "3 of 4 files at their current version" in index
    assert index.count('class="answer"') == len(PAGES)
    assert "leads with 7 placements; 1 file uses it" in index


@pytest.mark.process
def test_an_exported_page_tells_its_age_by_the_clock_of_the_reader(first_visit: Visit, static_site: str) -> None:
    old = first_visit.page.locator(".old")
    for name in ("index", "overview", "adoption"):
        first_visit.page.clock.set_fixed_time(NOW + timedelta(hours=47))
        first_visit.page.goto(f"{static_site}/{name}.html")
        expect(first_visit.page.get_by_text("3 of 4 files at their current version")).to_be_visible()
        expect(old).to_be_hidden()

        first_visit.page.clock.set_fixed_time(NOW + timedelta(days=5, hours=1))
        first_visit.page.reload()
        expect(old).to_contain_text("The data is 5 days old.")
        expect(old).to_be_visible()


def test_a_search_that_finds_nothing_says_so(visit: Visit) -> None:
    visit.page.set_content(TABLE)
    visit.page.add_script_tag(path=STATIC / "tables.js")
    visit.page.evaluate("document.body.append('')")  # as a page does while it is still drawn
    message = visit.page.locator("[aria-live]")

    visit.page.get_by_label("Search").fill("no such icon")
    expect(message).to_have_text("No row matches")
    visit.page.get_by_label("Search").fill("icon")
    expect(message).to_be_empty()


def test_headings_are_printed_as_plain_text_and_sort_again_afterwards(visit: Visit) -> None:
    visit.page.set_content(TABLE)
    visit.page.add_script_tag(path=STATIC / "tables.js")
    visit.page.evaluate("document.body.append('')")
    visit.page.evaluate(
        """addEventListener("beforeprint", () => { window.printed = document.querySelector("th").innerHTML })"""
    )
    expect(visit.page.get_by_role("button", name="Name")).to_have_count(1)

    visit.page.pdf()

    assert visit.page.evaluate("window.printed") == "Name"
    visit.page.get_by_role("button", name="Name").click()
    expect(visit.page.locator("th")).to_have_attribute("aria-sort", "ascending")


def test_one_search_of_an_exported_page_is_for_all_its_tables_and_stands_in_the_address(visit: Visit) -> None:
    visit.page.route("http://127.0.0.1/*", lambda route: route.fulfill(body=TABLE * 2, content_type="text/html"))
    visit.page.goto("http://127.0.0.1/?search=no+such+icon")
    visit.page.add_script_tag(path=STATIC / "tables.js")
    visit.page.evaluate("document.body.append('')")
    search = visit.page.get_by_label("Search")

    expect(search).to_have_value("no such icon")
    expect(visit.page.get_by_text("No row matches")).to_have_count(2)
    search.fill("icon")
    expect(visit.page.get_by_text("No row matches")).to_have_count(0)
    assert visit.page.url == "http://127.0.0.1/?search=icon"


def test_a_picture_is_enlarged_by_a_click_and_by_the_keyboard(visit: Visit) -> None:
    visit.page.set_content(tables.picture(PICTURE).text)
    visit.page.add_script_tag(path=STATIC / "pictures.js")
    shown = visit.page.get_by_role("dialog", name="Picture").get_by_role("presentation")

    visit.page.get_by_role("button", name="Enlarge the picture").click()
    expect(shown).to_be_visible()
    visit.page.keyboard.press("Escape")
    expect(shown).to_have_count(0)
    visit.page.keyboard.press("Enter")
    expect(shown).to_be_visible()
    shown.click()
    expect(shown).to_have_count(0)


@pytest.mark.process
def test_an_exported_page_that_is_opened_from_disk_says_that_it_needs_a_web_server(
    browser: Browser, written: Path
) -> None:
    page = browser.new_page()
    page.goto((written / "overview.html").as_uri())

    expect(page.get_by_role("note")).to_contain_text("This page needs a web server.")
    expect(page.get_by_role("note")).to_contain_text(f"--directory '{written}/'")
    expect(page.get_by_role("link")).to_have_attribute("href", "http://127.0.0.1:8000/overview.html")
    page.goto((written / "index.html").as_uri())
    expect(page.get_by_role("heading", name="Figma warehouse")).to_be_visible()
    expect(page.get_by_role("note").filter(has_text="web server")).to_have_count(0)
    page.close()


@pytest.mark.process
def test_the_lineage_page_shows_the_project_and_each_model_and_loads_nothing_from_other_hosts(
    visit: Visit, static_site: str
) -> None:
    visit.page.goto(f"{static_site}/index.html")
    visit.page.get_by_text("Where does each figure come from").click()
    visit.page.wait_for_url(f"{static_site}/lineage.html#!/overview")
    picture = visit.page.get_by_role("img", name="From Figma to the dashboards")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") > 0
    visit.page.get_by_role("link", name="Back to the dashboards").click()
    expect(visit.page.get_by_text("Where does each figure come from")).to_be_visible()
    visit.page.goto(f"{static_site}/lineage.html#!/model/model.figma_warehouse.component_reach")
    expect(visit.page.get_by_text("placement_share").first).to_be_visible()


@pytest.mark.process
def test_an_exported_table_is_searched_and_sorted_in_the_browser(visit: Visit, static_site: str) -> None:
    visit.page.goto(f"{static_site}/component_usage.html")
    rows = visit.page.locator("table.whole").first.locator("tbody tr")
    expect(rows.first).to_contain_text(IMAGE)

    visit.page.get_by_role("button", name="Usages").first.click()
    expect(rows.first).to_contain_text("Button")
    expect(visit.page.get_by_role("columnheader", name="Usages").first).to_have_attribute("aria-sort", "descending")
    visit.page.get_by_role("button", name="Usages").first.click()
    expect(rows.last).to_contain_text("Button")
    expect(visit.page.get_by_text(SCRIPT, exact=True).first).to_be_attached()


@pytest.mark.process
def test_no_exported_file_names_another_host_to_load_from(written: Path) -> None:
    for path in written.glob("*.html"):
        head = path.read_text().partition("</head>")[0]
        assert not re.search(r"""<(?:script|link)[^>]*\s(?:src|href)=["']?(?:https?:)?//""", head), path.name
        assert "cdn.jsdelivr.net" not in path.read_text(), path.name
    for path in written.rglob("*.css"):
        assert not re.search(r"""(?:url\(|@import\s)["']?(?:https?:)?//""", path.read_text()), path.name


@pytest.mark.process
def test_an_export_replaces_the_whole_folder_and_can_be_read_by_any_server(written: Path, hostile_folder: Path) -> None:
    assert not (written / "stale.html").exists()
    assert [path.name for path in written.parent.iterdir()] == [written.name]
    assert not (hostile_folder / "export.killed").exists()
    assert {path.stat().st_mode & 0o777 for path in written.rglob("*") if path.is_file()} == {0o644}
    assert (written / "component_usage.csv").read_text(encoding="utf-8-sig").startswith("Component,")


def test_a_folder_with_other_files_is_not_replaced(hostile_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")

    with pytest.raises(UsageFailure, match="holds other files"):
        export_pages(DataDir(hostile_folder), tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_an_export_without_a_published_file_fails_and_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageFailure, match="nothing to export"):
        export_pages(DataDir(tmp_path), tmp_path / "pages")

    assert not (tmp_path / "pages").exists()
