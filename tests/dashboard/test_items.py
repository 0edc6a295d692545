"""The pages of components, sets and files: their figures, hostile names and keys, and what an older file lacks."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from threading import Event
from urllib.parse import parse_qs, urlsplit

import polars as pl
import pytest
from playwright.sync_api import expect

from figma_warehouse.dashboard import item_links as links
from figma_warehouse.dashboard import page, tables
from figma_warehouse.dashboard.items.pages import KINDS, served_page, write_pages
from figma_warehouse.dashboard.known_items import COMPONENT, FILE, known_keys
from figma_warehouse.dashboard.site_map import item_address, item_file
from tests.dashboard.browsing import PATIENCE, Visit, figures, sees
from tests.fixtures.hostile import ADDRESS, FORMULA, IMAGE, MARKDOWN, SCRIPT, WEEKS, organisation
from tests.fixtures.published import Publish
from tests.fixtures.stub_server import Reply, stub_server

HOSTILE_KEYS = [
    "",
    "../../etc/passwd",
    "' or 1=1 --",
    IMAGE,
    "c1\x1fc2",
    "nul\x00",
    "\udc80",
    "x" * 5000,
]


class _Tags(HTMLParser):
    """The tags of a document with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def addresses(self) -> list[str]:
        return [str(attributes["href"]) for tag, attributes in self.found if tag == "a"]


def tags(html: str) -> _Tags:
    return _Tags(html)


def html_of(kind: str, key: str) -> str:
    html, is_found = served_page(KINDS[kind], key)
    assert is_found, key
    return html


@pytest.mark.usefixtures("published")
def test_every_component_set_and_file_has_a_page_used_or_not() -> None:
    assert known_keys(COMPONENT) == {"c1", "c2", "c3", "c4", "c5", "c9", "copied", "lost", "set-Button"}
    assert known_keys(FILE) == {"kit", "one", "two", "three", "slides", "gone", "branch"}

    assert "Perhaps used nowhere." in html_of(COMPONENT, "c5")
    assert "The file was never loaded." not in html_of(FILE, "kit")
    assert "The file was removed." in html_of(FILE, "gone")


@pytest.mark.usefixtures("published")
def test_names_are_text_and_links_lead_to_figma_or_to_other_pages() -> None:
    for kind in KINDS:
        for key in known_keys(kind):
            html = html_of(kind, key)
            found = tags(html)
            assert IMAGE not in html, key
            assert SCRIPT not in html, key
            assert not [name for _, attributes in found.found for name in attributes if name.startswith("on")], key
            for address in found.addresses():
                place = urlsplit(address)
                assert place.netloc in ("", "www.figma.com"), address
                assert place.scheme in ("", "https"), address


@pytest.mark.usefixtures("published")
def test_a_link_to_an_item_leads_to_a_page_that_exists() -> None:
    asked = set()
    for kind in KINDS:
        for key in known_keys(kind):
            for address in tags(html_of(kind, key)).addresses():
                place = urlsplit(address)
                if place.path in ("../component", "../file"):
                    asked.add((place.path.removeprefix("../"), *parse_qs(place.query)["key"]))

    assert {(COMPONENT, "c1"), (COMPONENT, "set-Button"), (FILE, "kit"), (FILE, "one"), (FILE, "two")} <= asked
    assert [(kind, key) for kind, key in asked if key not in known_keys(kind)] == []


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("key", HOSTILE_KEYS)
@pytest.mark.parametrize("kind", [COMPONENT, FILE])
def test_an_unknown_key_says_so_with_a_link_back(kind: str, key: str) -> None:
    html, is_found = served_page(KINDS[kind], key)

    assert not is_found
    assert "The warehouse knows no" in html
    assert IMAGE not in html
    assert {"../", f"../{KINDS[kind].listed_on}/"} == set(tags(html).addresses())
    assert len(html) < 60_000


@pytest.mark.usefixtures("published")
def test_without_a_key_the_page_says_that_one_is_missing() -> None:
    assert "The address names no component or set" in served_page(KINDS[COMPONENT], None)[0]


def test_without_published_data_there_is_no_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    assert "There is no data yet." in served_page(KINDS[FILE], "kit")[0]

    (tmp_path / "warehouse.duckdb").write_bytes(b"\xff" * 5000)
    assert "The data cannot be read now." in served_page(KINDS[FILE], "kit")[0]


def test_a_file_of_an_older_version_shows_the_sections_that_it_has(publish: Publish) -> None:
    read = {need.partition(".")[0] for kind in KINDS.values() for section in kind.sections for need in section.needs}
    # without these there is no data, or only data that is too old for any page
    publish(leave_out=read - {"component_reach", "unused_components", "style_usage", "file_freshness", "file_growth"})

    for kind, key in ((COMPONENT, "set-Button"), (FILE, "one")):
        html = html_of(kind, key)
        assert "An older version published this warehouse" in html
        assert "2 variants, " in html or kind == FILE


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("name", [IMAGE, "a\x1fc1", "\x1f"])
def test_only_a_known_key_makes_a_name_a_link(name: str) -> None:
    rows = named_row(name, "c1"), named_row(name, "unknown")

    known, unknown = (tables.whole_table(row, {"component": "Component"}) for row in rows)
    drawn = [
        links.drawn(COMPONENT, tables.text)(links.with_keys(row, {"component": "component_key"})["component"].item())
        for row in rows
    ]

    assert ['href="../component?key=c1"' in html for html in (known, unknown)] == [True, False]
    assert ['href="../component?key=c1"' in cell.text for cell in drawn] == [True, False]
    assert IMAGE not in known + unknown + drawn[0].text + drawn[1].text


def named_row(name: str, key: str) -> pl.DataFrame:
    return pl.DataFrame({"component": [name], "component_key": [key]})


@pytest.mark.usefixtures("published")
def test_a_name_in_a_sentence_leads_to_its_page() -> None:
    sentence = page.named("Where {} is used", links.item_name(COMPONENT, "c3", IMAGE))

    assert sentence == (
        'Where <bdi class="name"><a href="../component?key=c3">&lt;img src=x onerror=alert(1)&gt;</a></bdi> is used'
    )
    assert "<a" not in page.named("{}", links.item_name(COMPONENT, "unknown", SCRIPT))


def test_the_name_of_an_exported_page_is_a_key_of_figma_or_a_hash(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert published.exists()
    figma = "8551782b6eac4620912e0036291393e18996b562"
    assert item_file(COMPONENT, figma) == f"component/{figma}.html"
    for key in [*HOSTILE_KEYS[:-2], "con", "a/b", "a" * 65, f"{figma}\n", "..", "Ünïcode-key-of-letters"]:
        assert re.fullmatch(r"file/key-[0-9a-f]{64}\.html", item_file(FILE, key)), key

    monkeypatch.setenv("STATIC_PAGES", str(tmp_path))
    assert item_address(COMPONENT, figma) == f"component/{figma}.html"


def test_an_export_has_a_page_for_each_item_and_every_link_leads_to_one(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert published.exists()
    monkeypatch.setenv("STATIC_PAGES", str(tmp_path))

    written = write_pages(tmp_path)

    documents = [path for path in tmp_path.rglob("*.html") if path.is_file()]
    assert written == len(documents) == len(known_keys(COMPONENT)) + len(known_keys(FILE))
    own = 0
    for path in documents:
        found = tags(path.read_text(encoding="utf-8"))
        assert ("base", {"href": "../"}) in found.found
        for tag, attributes in found.found:
            address = attributes.get("href" if tag in ("a", "link") else "src") or ""
            if tag in ("a", "link", "script") and address and not address.startswith(("https://", "data:")):
                target = tmp_path / address
                assert target.resolve().is_relative_to(tmp_path), address
                # the pages of notebooks are exported apart
                assert target.exists() or target.parent == tmp_path, (path.name, address)
                own += target.parent.name in KINDS
    assert own > len(documents)


@pytest.mark.process
def test_the_page_of_a_set_shows_its_figures_and_what_is_known_of_it(visit: Visit, site: str) -> None:
    opened = visit.page.goto(f"{site}/component?key=set-Button")

    assert opened
    assert opened.status == 200
    # of its variants c1 and c2: 3 + 2 + 1 placements, 5 + 2 + 1 usages outside the kit, and 4 in it
    assert figures(visit.page) == {
        "Placements": "6",
        "Files using it": "2",
        "Share of all placements": "–",
        "Dependants": "2",
        "Variants": "2",
        "Nodes brought into files": "30",
    }
    sees(visit.page, "2 variants, 2 of them used", "2 files use it", IMAGE, FORMULA, "Kind=Primary", SCRIPT, MARKDOWN)
    visit.leads_into_figma("https://www.figma.com/design/one?node-id=1-9")
    visit.page.get_by_role("link", name="Kit").first.click()
    visit.page.wait_for_url(f"{site}/file?key=kit")
    sees(visit.page, "2 files use it as a library")


def test_a_link_to_documentation_is_one_of_the_web_and_is_escaped(publish: Publish) -> None:
    addresses = {
        "c1": "https://design.example.com/a?b=1&c=2",
        "c2": "javascript:alert(1)",
        "c3": 'https://evil.example/"onmouseover="alert(1)',
        "c4": "http://wiki.example/button",
    }
    rows = [
        {"component_key": key, "file_key": "kit", "documentation_url": url, "is_remote": False}
        for key, url in addresses.items()
    ]
    of_other_file = {"component_set_key": "set-Button", "file_key": "one", "is_remote": True}
    of_library = of_other_file | {"file_key": "two", "documentation_url": addresses["c1"], "is_remote": False}
    sets = [of_other_file | {"documentation_url": addresses["c4"]}, of_library]
    publish({"figma.file_components": rows, "figma.file_component_sets": sets})

    opened = {
        key: [attributes for tag, attributes in tags(html_of(COMPONENT, key)).found if tag == "a"]
        for key in (*addresses, "set-Button")
    }

    outside = {
        key: [
            (found["href"], found.get("rel"))
            for found in links
            if not str(found["href"]).startswith((".", "https://www"))
        ]
        for key, links in opened.items()
    }
    safe = "noopener noreferrer"
    assert outside == {
        "c1": [(addresses["c1"], safe)],
        "c2": [],
        "c3": [],
        "c4": [(addresses["c4"], safe)],
        "set-Button": [(addresses["c1"], safe)],
    }
    assert "alert(1)&#34;" not in html_of(COMPONENT, "c3")


@pytest.mark.usefixtures("published")
def test_the_page_of_a_set_lists_its_copies_in_other_files() -> None:
    html = html_of(COMPONENT, "set-Button")

    assert "1 copy of it" in html
    assert "https://www.figma.com/design/one?node-id=4-1" in tags(html).addresses()
    assert "2 copies of it" in html_of(COMPONENT, "c4")


def test_the_page_of_a_file_lists_its_openings_by_week_if_the_activity_log_is_loaded(publish: Publish) -> None:
    week = {"file_key": "two", "opens": 4, "people_opened": 3, "exports": 0, "people_saved": 1, "is_conclusive": False}
    publish(organisation() | {"marts.file_views": [week | {"week_start": day} for day in (WEEKS[1], WEEKS[2])]})

    html = html_of(FILE, "two")

    assert f"8 openings since the week of {WEEKS[1]:%-d %B %Y}" in html
    assert "Part of the week" in html
    assert "openings" not in html_of(FILE, "one")


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(("key", "repeated"), [("c9", "set-Button"), ("copied", "c4")])
def test_the_page_of_a_copy_says_what_it_repeats_used_or_not(key: str, repeated: str) -> None:
    html = html_of(COMPONENT, key)

    assert "1 file where it repeats a published one" in html
    assert item_address(COMPONENT, repeated) in tags(html).addresses()


@pytest.mark.usefixtures("published")
def test_the_page_of_a_file_lists_its_copies_of_published_components() -> None:
    html = html_of(FILE, "one")

    assert "1 component that a library has" in html
    assert "https://www.figma.com/design/one?node-id=4-1" in tags(html).addresses()
    assert item_address(COMPONENT, "c9") in tags(html).addresses()


@pytest.mark.process
def test_a_name_on_a_page_leads_to_the_page_of_its_item_and_back(visit: Visit, site: str) -> None:
    visit.page.goto(f"{site}/component_usage/")
    visit.page.get_by_role("link", name=ADDRESS).first.click()
    visit.page.wait_for_url(f"{site}/component?key=c5")
    visit.page.get_by_role("navigation").get_by_role("link", name="File growth").click()
    visit.page.wait_for_url(f"{site}/file_growth/")
    visit.page.get_by_role("link", name=FORMULA).first.click()
    visit.page.wait_for_url(f"{site}/file?key=two")
    assert figures(visit.page)["Nodes"] == "300"
    assert "-25.0% in four weeks" in visit.page.locator("dl.figures").first.inner_text()


@pytest.mark.process
def test_an_unknown_key_is_not_found_and_hurts_nothing(visit: Visit, site: str) -> None:
    answer = visit.page.request.get(f"{site}/file", params={"key": IMAGE})

    assert answer.status == 404
    assert "The warehouse knows no file with the key" in answer.text()
    assert IMAGE not in answer.text()


@pytest.mark.parametrize(("unused", "is_unused"), [(["c1", "c2"], True), (["c2"], False)])
def test_a_set_is_unused_if_all_its_variants_are(publish: Publish, unused: list[str], is_unused: bool) -> None:
    (row,) = organisation()["marts.unused_components"]
    rows = [row | {"component_key": key, "component_set_key": "set-Button"} for key in unused]
    publish({"marts.unused_components": rows})

    assert ("Perhaps used nowhere." in html_of(COMPONENT, "set-Button")) == is_unused
    assert "Perhaps used nowhere." in html_of(COMPONENT, "c2")


@pytest.mark.usefixtures("published")
def test_a_page_that_arrives_in_parts_enables_its_tables_when_they_are_whole(visit: Visit) -> None:
    start, thead, rest = html_of("component", "set-Button").partition("<thead")
    assert thead
    is_seen = Event()

    def rest_later() -> bytes:
        assert is_seen.wait(PATIENCE / 1000)
        return (thead + rest).encode()

    headers = {"Content-Type": "text/html; charset=utf-8"}
    with stub_server(lambda _: Reply(200, start.encode(), headers, rest_later)) as server:
        visit.page.goto(server.base_url, wait_until="commit")
        expect(visit.page.locator("table")).to_be_attached()
        is_seen.set()
        expect(visit.page.locator("table.whole th > button").first).to_be_visible()
        assert visit.page.locator("table.whole:not([data-enabled])").count() == 0


@pytest.mark.usefixtures("published")
def test_open_threads_and_links_to_code_are_shown_if_they_are_loaded(publish: Publish) -> None:
    unloaded = [html_of(FILE, "one"), html_of(COMPONENT, "set-Button")]
    for words in ("open thread", "its code"):
        assert [words in html for html in unloaded] == [False, False]
    start = datetime(2026, 5, 4, 10, tzinfo=UTC)
    thread = {"file_key": "one", "thread_id": "1", "opened_at": start, "is_open": True, "is_waiting": True}
    link = {"kind": "component_set", "item_key": "set-Button", "dev_resources": 3, "is_conclusive": True}
    publish(
        {
            "marts.comment_threads": [
                thread | {"author_handle": SCRIPT, "message": IMAGE, "figma_url": "https://www.figma.com/design/one#1"},
                thread | {"thread_id": "2", "is_waiting": False, "hours_to_first_reply": 2.5},
                thread | {"thread_id": "3", "is_open": False, "message": "settled"},
            ],
            "marts.code_coverage": [link | {"urls": f"https://git.example/button\njavascript:alert(1)\n{IMAGE}"}],
        }
    )

    file, component = html_of(FILE, "one"), html_of(COMPONENT, "set-Button")

    assert "2 open threads, 1 without an answer" in file
    assert "settled" not in file
    assert "https://www.figma.com/design/one#1" in tags(file).addresses()
    assert "links to its code" in component
    assert [one for one in tags(component).addresses() if "git.example" in one or "script" in one] == [
        "https://git.example/button"
    ]
    assert not [words for words in (IMAGE, SCRIPT) if words in file + component]


@pytest.mark.usefixtures("published")
def test_variables_of_a_file_are_shown_by_their_names_if_these_are_loaded(publish: Publish) -> None:
    keys = ("a" * 40, "b" * 40)
    bound = [{"file_key": "one", "variable_key": key, "slot_kind": "fill", "bindings": 3} for key in keys]
    stale = {"file_key": "one", "variable_suffix": "0:3", "bindings": 2, "is_stale": True}
    publish(
        {
            "marts.variable_usage": [bound[0] | {"variable_name": "Brand/Hover"}, bound[1]],
            "marts.stale_bindings": [stale | {"variable_key": keys[0], "variable_name": "Space/Small"}],
        }
    )

    file = html_of(FILE, "one")

    assert [words for words in ("Brand/Hover", "Space/Small", keys[1]) if words not in file] == []
    assert keys[0] not in file
