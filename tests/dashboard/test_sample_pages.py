"""The pages of the sample organisation in Chromium: figures equal the marts, filters are in the address, WCAG AA."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

import duckdb
import polars as pl
import pytest
from playwright.sync_api import Locator, Page, expect

from figma_warehouse.dashboard import key_figures, selection
from figma_warehouse.dashboard.attention import attention
from figma_warehouse.dashboard.items.component import component_heads
from figma_warehouse.dashboard.items.file import file_heads
from figma_warehouse.dashboard.items.item_page import Head
from figma_warehouse.dashboard.selection import DEFAULT_WEEKS, Selection, compared_span
from figma_warehouse.dashboard.site_map import PAGES
from figma_warehouse.dashboard.templating import counted
from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.demo import read_summary
from figma_warehouse.terminal import print_demo
from notebooks import adoption, component_usage, file_growth, orphaned_styles, overview
from tests.dashboard.browsing import Look, Visit, figures, serving
from tests.fixtures.commands import Command, wait_for
from tests.fixtures.sample_organisations import sample_organisation

AXE = Path(__file__).with_name("node_modules") / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# in words and in tables: what a label means, and the pattern of its number
LABELS = {
    "Files": r"of ([\d,]+) files at their current version",
    "Current files": r"([\d,]+) of [\d,]+ files at their current version",
    "Nodes": r"[\d,]+ files, ([\d,]+) nodes\b",
    "Placements of the first component": r"(?:leads with|Button) ([\d,]+) placements?\b",
    "Files using the first component": r"(?:; |used by )([\d,]+) files(?: use it|\b)",
    "Unused components": r"([\d,]+)(?: of [\d,]+ published)? components(?: perhaps)?(?: used nowhere|, \d+ over)",
    "Published components": r"of ([\d,]+) published components",
    "Long published and unused": r"([\d,]+) (?:components |of these )?published (?:at least )?\d+ days ago",
    "References to dangling styles": r"([\d,]+) references to [\d,]+ styles that no library",
    "Dangling styles": r"references to ([\d,]+) styles that no library",
    "Lost instances": r"([\d,]+) instances (?:lost their|in [\d,]+ files have lost their) component",
    "Layers from the library": r"([\d.]+%) of visible layers from the library",
}
# milliseconds in which the colours change to the other theme
FADING = 1000
# the rows of the library that most files use, by the same name if several do
USED_MOST = """
    from marts.library_usage where library_file_key = (
        select library_file_key from marts.library_usage where library_file_key is not null
        group by library_file_key order by count(*) desc, min(lower(library_file_name)) limit 1
    )
"""
# the saves in main files in the twelve weeks that end with the last one
SAVED_LATELY = """
    from marts.file_editors
    where not is_branch and week_start > (select max(week_start) - 84 from marts.file_activity)
"""
MARKS = [f"[aria-roledescription={mark}]" for mark in ("bar", "rect", "point")]
FIGURES = {
    "overview": {
        "Files": "select count(*) from marts.file_freshness where is_expected",
        "Placements": "select sum(placements) from marts.component_reach",
        "Published components": "select count(*) from marts.component_reach where is_published",
    },
    "component_usage": {
        "Placements": "select sum(placements) from marts.component_reach",
        "Sets and single components": (
            "select count(distinct coalesce(component_set_key, component_key)) from marts.component_reach"
        ),
    },
    "library": {
        "Files using the library": f"select count(*) {USED_MOST}",
        "Placements of the library": f"select sum(placements) {USED_MOST}",
        "References to its styles": f"select sum(style_references) {USED_MOST}",
    },
    "unused_and_lost": {"Unused components": "select count(*) from marts.unused_components"},
    "orphaned_styles": {
        "Unused styles": "select count(*) from marts.orphaned_styles where kind = 'unused'",
        "References to dangling styles": (
            "select sum(style_references) from marts.orphaned_styles where kind = 'dangling'"
        ),
    },
    "tokens": {
        "Fills and texts with a style": "select style_share from marts.adoption where level = 'organisation'",
        "Variables in use": "select count(*) from marts.variable_reach",
        "Bindings": "select sum(bindings) from marts.variable_reach",
        "Stale bindings": "select sum(bindings) from marts.stale_bindings where is_stale",
        "Hard-coded values": "select sum(occurrences) from marts.hardcoded_values",
    },
    "adoption": {
        "Layers from the library": "select layer_share from marts.adoption where level = 'organisation'",
        "Instances from the library": "select instance_share from marts.adoption where level = 'organisation'",
        "Fills and texts with a style": "select style_share from marts.adoption where level = 'organisation'",
    },
    "file_growth": {
        "Nodes": "select sum(nodes) from marts.file_growth where is_latest and not is_branch and not is_removed",
    },
    "people": {
        "Saves": f"select sum(saved_versions) {SAVED_LATELY}",
        "People who saved": f"select count(distinct user_id) {SAVED_LATELY}",
        "Histories read": "select count(*) from marts.file_histories where is_expected and is_read",
    },
}


@pytest.fixture(scope="session")
def warehouse(sample: DataDir) -> Path:
    """The published file of the sample organisation."""
    return sample.published


@pytest.fixture(scope="session")
def pages(warehouse: Path) -> Iterator[str]:
    """The address of the served sample organisation. The server outlives the pages that the module keeps open."""
    with serving(warehouse.parent) as address:
        yield address


def ask(warehouse: Path, question: str) -> Any:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        (answer,) = connection.sql(question).fetchone() or (None,)
    return answer


def shown(answer: float) -> str:
    return f"{answer:.1%}" if isinstance(answer, float) else f"{answer:,}"


def opened(visit: Visit, address: str) -> Page:
    visit.page.goto(address)
    return drawn(visit)


def drawn(visit: Visit) -> Page:
    expect(visit.page.get_by_text(re.compile("Data as of .* at their current version"))).to_be_visible()
    expect(visit.page.locator("h2.section").nth(1)).to_be_visible()
    return visit.page


@pytest.mark.parametrize("name", [page.name for page in PAGES])
def test_a_page_shows_the_figures_of_the_marts_accessibly_in_both_themes(
    name: str, look: Look, pages: str, warehouse: Path
) -> None:
    page = drawn(look(f"{pages}/{name}/"))

    assert {label: figures(page)[label] for label in FIGURES[name]} == {
        label: shown(ask(warehouse, question)) for label, question in FIGURES[name].items()
    }
    page.wait_for_load_state("networkidle")
    if AXE.exists():
        page.evaluate(AXE.read_text())
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            expect(page.locator(f"body.{theme}")).to_have_count(1)
            page.wait_for_timeout(FADING)
            assert violations(page) == []


@pytest.mark.parametrize(
    ("kind", "most", "label", "figure"),
    [
        (
            "component",
            "select component_set_key from marts.component_set_reach order by placements desc limit 1",
            "Placements",
            "select placements from marts.component_set_reach where component_set_key = '{key}'",
        ),
        (
            "file",
            "select file_key from marts.file_growth where is_latest and not is_removed order by nodes desc limit 1",
            "Nodes",
            "select nodes from marts.file_growth where is_latest and file_key = '{key}'",
        ),
    ],
)
def test_the_page_of_an_item_shows_the_figures_of_the_marts_accessibly_in_both_themes(
    visit: Visit, pages: str, warehouse: Path, kind: str, most: str, label: str, figure: str
) -> None:
    page, key = visit.page, ask(warehouse, most)
    page.goto(f"{pages}/{kind}?key={key}")

    assert figures(page)[label] == shown(ask(warehouse, figure.format(key=key)))
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") == width
            if AXE.exists():
                page.evaluate(AXE.read_text())
                assert violations(page) == []


def test_the_pages_of_items_have_the_figures_of_the_sandbox(sample: DataDir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(sample.root))
    truth = sample_organisation(21).truth()

    sets = component_heads(list(truth.component_set_reach))
    assert {key: _numbers(head, "Placements", "Files using it") for key, head in sets.items()} == {
        key: (f"{reach.placements:,}", f"{reach.files_using:,}") for key, reach in truth.component_set_reach.items()
    }
    components = component_heads(list(truth.component_impact))
    assert {key: _numbers(head, "Dependants") for key, head in components.items()} == {
        key: (f"{impact.dependants:,}",) for key, impact in truth.component_impact.items()
    }
    readable = {key: file for key, file in truth.files.items() if file.readable}
    heads = file_heads(list(readable))
    assert {key: (head.title, *_numbers(head, "Nodes", "Pages")) for key, head in heads.items()} == {
        key: (file.name, f"{file.nodes:,}", f"{file.pages:,}") for key, file in readable.items()
    }


def _numbers(head: Head, *labels: str) -> tuple[str, ...]:
    found = {figure.label: figure.value for figure in head.figures}
    return tuple(found[label] for label in labels)


def test_equal_labels_show_equal_numbers_on_all_pages_the_index_the_demo_and_the_command(
    look: Look, visit: Visit, pages: str, sample: DataDir, tmp_path: Path
) -> None:
    found = labelled(" ".join(demo_lines(sample))) + labelled(Command(sample, tmp_path / "elsewhere")("status").stdout)
    visit.page.goto(pages)
    found += labelled(visit.page.locator("main").inner_text())
    for listed in PAGES:
        page = drawn(look(f"{pages}/{listed.name}/"))
        page.wait_for_load_state("networkidle")
        found += figures(page).items()
        found += labelled(page.locator("#App").inner_text())

    numbers: dict[str, set[str]] = defaultdict(set)
    for label, number in found:
        numbers[label].add(number)

    assert {label: values for label, values in numbers.items() if len(values) > 1} == {}
    assert set(LABELS) <= set(numbers)
    # each of them stands in several places
    counts = Counter(label for label, _ in found)
    assert [label for label in LABELS if counts[label] < 2] == []


def test_all_comparisons_of_a_page_are_since_one_day(look: Look, pages: str) -> None:
    for listed in PAGES:
        page = drawn(look(f"{pages}/{listed.name}/"))
        page.wait_for_load_state("networkidle")
        shown = page.locator("#App").inner_text()
        assert len(set(re.findall(r"since (\d+ \w+)", shown))) <= 1, listed.name
        assert "four weeks" not in shown.split("By saved versions.")[0], listed.name


def labelled(words: str) -> list[tuple[str, str]]:
    """The numbers in the words, each with the label of LABELS whose pattern finds it."""
    words = " ".join(words.split())
    return [(label, number) for label, pattern in LABELS.items() for number in re.findall(pattern, words)]


def demo_lines(data: DataDir) -> list[str]:
    """What the demo says about a published file."""
    return [f"{label} {answer}" for label, answer in print_demo.format_answers(read_summary(data.published))]


def search(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Search")


def test_a_page_has_one_search(look: Look, pages: str) -> None:
    for listed in PAGES:
        page = drawn(look(f"{pages}/{listed.name}/"))
        expect(search(page)).to_have_count(1)


def test_a_search_is_in_the_address_and_back_undoes_it(visit: Visit, pages: str) -> None:
    page = opened(visit, f"{pages}/file_growth/")
    count = page.locator("dl.figures > div").filter(has_text="Loaded files").locator("dd").first
    everything = count.inner_text()

    search(page).fill("checkout")
    search(page).press("Enter")
    page.wait_for_url(re.compile("search=checkout"))
    expect(count).not_to_have_text(everything)
    page.go_back()

    expect(count).to_have_text(everything)
    expect(search(page)).to_have_value("")


def test_open_beside_a_component_opens_it_and_a_second_link_an_instance(
    look: Look, pages: str, warehouse: Path
) -> None:
    page = drawn(look(f"{pages}/component_usage/"))
    first = page.get_by_role("row").filter(has=page.get_by_role("link")).first
    expect(first).to_be_visible()
    name = first.locator(".cell-text").first.inner_text()
    (key, definition) = ask(
        warehouse,
        f"select (component_set_key, file_key || '?node-id=' || replace(node_id, ':', '-')) "
        f"from figma.component_sets where name = '{name}' and removed_at is null",
    )

    links = [link.get_attribute("href") or "" for link in first.get_by_role("link").all()]

    assert links[0] == f"../component?key={key}"
    links = [link for link in links if link.startswith("https://www.figma.com/")]
    assert links[0] == f"https://www.figma.com/design/{definition}"
    (file_key, node_id) = re.findall(r"design/(\w+)\?node-id=(.+)", links[1])[0]
    found = f"""
        select component_set_key from figma.nodes
        where type = 'INSTANCE' and file_key = '{file_key}' and replace(node_id, ':', '-') = '{node_id}'
    """
    assert ask(warehouse, found) == key


def test_a_click_on_a_heading_sorts_the_largest_first(look: Look, pages: str, warehouse: Path) -> None:
    page = drawn(look(f"{pages}/overview/"))
    table = page.locator("marimo-table").filter(has_text="Current").first
    heading = table.get_by_role("columnheader").filter(has_text="Nodes")
    sizes = f"select list(nodes order by nodes) from ({FIGURES['file_growth']['Nodes']} group by team_id) t(nodes)"
    largest_first = [f"{size:,}" for size in ask(warehouse, sizes)][::-1]

    heading.get_by_text("Nodes").click()
    expect(heading).to_have_attribute("aria-sort", "descending")
    wait_for(lambda: _column(table, 3) == largest_first)
    heading.get_by_text("Nodes").click()
    expect(heading).to_have_attribute("aria-sort", "ascending")
    wait_for(lambda: _column(table, 3) == largest_first[::-1])


def _column(table: Locator, position: int) -> list[str]:
    return [row.get_by_role("cell").nth(position).inner_text() for row in table.locator("tbody tr").all()]


def test_a_screen_reader_speaks_names_and_no_keys_for_the_marks_of_a_chart(look: Look, pages: str) -> None:
    spoken = []
    for listed in PAGES:
        page = drawn(look(f"{pages}/{listed.name}/"))
        marks = page.locator(f".vega-embed svg :is({', '.join(MARKS)})")
        expect(marks.first).to_be_attached()
        spoken += marks.evaluate_all("marks => marks.map(mark => mark.getAttribute('aria-label'))")

    assert any("Component: Button; Library: " in label for label in spoken)
    assert [label for label in spoken if re.search(r"[0-9a-f]{40}|key|label|_", label)] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_index_answers_with_the_figures_of_the_marts_accessibly(
    visit: Visit, pages: str, warehouse: Path, width: int, theme: Literal["light", "dark"]
) -> None:
    page = visit.page
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(pages)

    nodes = ask(warehouse, FIGURES["file_growth"]["Nodes"])
    share = ask(warehouse, FIGURES["adoption"]["Layers from the library"])
    expect(page.get_by_role("link", name="Overview").filter(has_text=f"{nodes:,} nodes")).to_be_visible()
    expect(page.get_by_role("link", name="Adoption")).to_contain_text(f"{share:.1%} of visible layers")
    expect(page.locator(".answer")).to_have_count(len(PAGES))
    assert page.evaluate("document.documentElement.scrollWidth") == width
    if AXE.exists():
        page.evaluate(AXE.read_text())
        assert violations(page) == []


@pytest.mark.parametrize(("name", "column"), [("component_usage", "Placements"), ("unused_and_lost", "Variants")])
def test_a_phone_shows_the_first_number_of_a_row_beside_its_name(
    look: Look, pages: str, name: str, column: str
) -> None:
    page = drawn(look(f"{pages}/{name}/"))
    page.set_viewport_size({"width": 390, "height": 3000})
    head = page.locator("th").filter(has_text=column).first
    expect(head).to_be_visible()

    box = head.bounding_box()

    assert box is not None
    assert box["x"] + box["width"] <= 390
    expect(page.locator("td .picture").locator("visible=true")).to_have_count(0)


def test_the_focused_cell_is_outlined_in_both_themes(look: Look, pages: str) -> None:
    page = drawn(look(f"{pages}/overview/"))
    cell = page.locator("td").first
    expect(cell).to_be_visible()

    wait_for(lambda: _is_reached_by_keyboard(page, cell))

    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        expect(page.locator(f"body.{theme}")).to_have_count(1)
        expect(cell).to_have_css("outline-style", "solid")
        expect(cell).to_have_css("outline-width", "2px")


def _is_reached_by_keyboard(page: Page, cell: Locator) -> bool:
    """Leave a cell and return to it. A page that is still drawn may take the focus away meanwhile."""
    cell.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    try:
        expect(cell).to_be_focused(timeout=5_000)
    except AssertionError:
        return False
    return True


def test_accessibility_is_checked_with_axe() -> None:
    if not AXE.exists():
        pytest.skip("axe is not installed: npm ci --prefix tests/dashboard")


def violations(page: Page) -> list[str]:
    """The violations of WCAG AA on a page."""
    # only the violations, because the passed checks are megabytes
    asked = "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']}).then(found => found.violations)"
    found = page.evaluate(asked, RULES)
    return [f"{fault['id']}: {node['target']} {node['html'][:200]}" for fault in found for node in fault["nodes"]]


@pytest.mark.parametrize("level", ["team", "folder", "file"])
def test_shares_summed_from_files_are_those_of_the_marts(
    level: str, warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_DIR", str(warehouse.parent))
    columns = ["key", "layer_share", "instance_share", "style_share", "visible_layers", "library_layers", "url"]

    listed = adoption.adoption(Selection(), level).select(columns).sort("key")

    with duckdb.connect(str(warehouse), read_only=True) as connection:
        mart = connection.execute(
            """
            select coalesce(id, ''), layer_share, instance_share, style_share, visible_layers, library_layers,
                sample_url
            from marts.adoption where level = ? order by 1
            """,
            [level],
        ).fetchall()
    assert listed.rows() == mart


def tree_below(connection: duckdb.DuckDBPyConnection, top: str) -> set[str]:
    """The ids of a folder and of all folders below it, by the ancestors of each folder."""
    parents = dict(connection.execute("select folder_id, parent_folder_id from figma.folders").fetchall())

    def ancestry(folder: str | None) -> list[str | None]:
        return [] if folder is None else [folder, *ancestry(parents[folder])]

    return {folder for folder in parents if top in ancestry(folder)}


def test_a_selected_folder_stands_for_all_folders_below_it(warehouse: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(warehouse.parent))

    with duckdb.connect(str(warehouse), read_only=True) as connection:
        tops = connection.execute(
            "select distinct tops.folder_id from figma.folders as tops inner join figma.folders as below "
            "on tops.folder_id = below.parent_folder_id"
        ).fetchall()
        files = connection.execute("select file_key, folder_id from marts.file_freshness where is_expected").fetchall()
        nodes = connection.execute(
            "select file_key, folder_id, nodes from marts.file_growth "
            "where is_latest and not is_branch and not is_removed"
        ).fetchall()
        layers = connection.execute(
            "select id, library_layers, visible_layers from marts.adoption where level = 'file'"
        ).fetchall()
        trees = {top: tree_below(connection, top) for (top,) in tops}
    assert max(map(len, trees.values())) > 2
    span = compared_span(DEFAULT_WEEKS)
    for top, tree in trees.items():
        keys = {key for key, folder in files if folder in tree}
        selected = Selection(folder=top)
        counted = key_figures.totals(selected, span)
        assert (counted["files"], counted["nodes"]) == (len(keys), sum(row[2] for row in nodes if row[1] in tree))
        assert set(file_growth.files_now(selected, span)["key"]) == {row[0] for row in nodes if row[1] in tree}
        assert sum(overview.teams(selected, span)["files"]) == len(keys)
        shares = key_figures.adoption(selected)
        assert shares["library_layers"] == sum(row[1] or 0 for row in layers if row[0] in keys)
        assert key_figures.layer_share(selected) == shares["layer_share"]


def test_what_needs_attention_agrees_with_what_the_pages_list(warehouse: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(warehouse.parent))
    teams = selection.team_names()["key"].to_list()

    for selected in (Selection(), *(Selection(team=team) for team in teams)):
        words = " ".join(line.words for line in attention(selected))
        styles = orphaned_styles.orphaned_styles(selected, "dangling", None)
        instances, files = key_figures.lost_instances(selected) or (0, 0)
        behind = overview.files_behind(selected).height
        assert (f"{counted(int(styles['references'].sum()), 'reference')} to" in words) == (styles.height > 0)
        assert (f"to {counted(styles.height, 'style')} that" in words) == (styles.height > 0)
        assert (f"{counted(instances, 'instance')} in {counted(files, 'file')}" in words) == (instances > 0)
        assert (f"{counted(behind, 'file')} " in words) == (behind > 0)


def test_a_filter_in_the_address_applies_on_other_pages_too(visit: Visit, pages: str, warehouse: Path) -> None:
    team = ask(warehouse, "select team_id from figma.teams order by name limit 1")
    placements = ask(warehouse, f"select sum(placements) from marts.component_usage where team_id = '{team}'")

    page = opened(visit, f"{pages}/component_usage/?team={team}")
    assert figures(page)["Placements"] == f"{placements:,}"
    page.locator("nav.pages").get_by_text("File growth").click()
    expect(page.locator("h1")).to_have_text("File growth")

    nodes = f"""
        select sum(nodes) from marts.file_growth
        where is_latest and not is_branch and not is_removed and team_id = '{team}'
    """
    assert parse_qs(urlsplit(page.url).query)["team"] == [team]
    assert figures(page)["Nodes"] == f"{ask(warehouse, nodes):,}"


@pytest.mark.parametrize(
    ("name", "titles"),
    [
        ("overview", ["The last runs", "Changes in the libraries"]),
        ("adoption", ["Libraries over time"]),
        ("tokens", []),
        ("library", ["changes on", "All changes", "findings", "nodes into files", "override"]),
        ("component_usage", ["variant", "value", "Deleting"]),
    ],
)
def test_a_section_that_ignores_the_chosen_team_says_that_it_is_of_the_whole_organisation(
    visit: Visit, pages: str, warehouse: Path, name: str, titles: list[str]
) -> None:
    team = ask(warehouse, "select team_id from figma.teams order by name limit 1")

    page = opened(visit, f"{pages}/{name}/?team={team}")

    whole = page.locator("h2.section").filter(has_text=", in the whole organisation")
    for title in titles:
        expect(whole.filter(has_text=title).first).to_be_visible()
    expect(whole).to_have_count(len(titles))


def test_the_history_of_all_teams_adds_up_to_that_of_the_organisation(
    warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_DIR", str(warehouse.parent))
    shares, counts = ["week", "library", "local"], ["usages", "placements", "insertions", "removals"]
    counts += ["swaps_in", "swaps_out", "detachments"]
    parts = [Selection(team=team) for team in selection.team_names()["key"]]
    assert len(parts) == 3

    whole = adoption.share_by_week(Selection(), None).select(shares)
    weekly = pl.concat([adoption.share_by_week(part, None).select(shares) for part in parts])
    assert weekly.group_by("week").agg(pl.col("library", "local").sum()).sort("week").equals(whole)

    for key in component_usage.component_ranking(Selection(), "placements", each_variant=False)["key"].head(20):
        whole = component_usage.usage_trend(Selection(), key, None)
        trends = pl.concat([component_usage.usage_trend(part, key, None) for part in parts])
        assert trends.group_by("week").agg(pl.col(counts).sum()).sort("week").equals(whole), key


def test_a_choice_is_kept_in_the_address_and_survives_a_reload(visit: Visit, pages: str, warehouse: Path) -> None:
    page = opened(visit, f"{pages}/adoption/")
    name, team = ask(warehouse, "select (name, team_id) from figma.teams order by name limit 1")

    page.locator("select").filter(has_text="All teams").select_option(label=name)
    page.wait_for_url(re.compile(f"team={team}"))
    page.reload()

    expect(page.locator("select").filter(has_text="All teams")).to_have_value(re.compile(re.escape(name)))
    share = ask(warehouse, f"select layer_share from marts.adoption where level = 'team' and id = '{team}'")
    assert figures(page)["Layers from the library"] == shown(share)
