"""The served pages in Chromium, with names that try to be more than text."""

import csv
import re
import shutil
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Download, Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from figma_warehouse.dashboard.site_map import PAGES
from tests.dashboard.browsing import PATIENCE, TRIES, Look, Visit, figures, sees, serving
from tests.fixtures.hostile import (
    ADDRESS,
    FORMULA,
    IMAGE,
    MARKDOWN,
    SCRIPT,
    VARIABLE,
    organisation,
    write_warehouse,
)

LIBRARIES_AND_TOKENS = tuple(
    f"marts.{mart}"
    for mart in (
        *("component_reach", "library_changes", "library_usage"),
        *("adoption", "variable_usage", "variable_reach", "stale_bindings", "hardcoded_values"),
    )
)


def opened(visit: Visit, address: str) -> Page:
    visit.page.goto(address)
    return drawn(visit)


def drawn(visit: Visit) -> Page:
    expect(visit.page.get_by_text("Data as of 2 March 2026, 06:30 UTC · 3 of 4 files")).to_be_visible()
    return visit.page


def test_component_usage_shows_the_figures_of_the_marts_and_names_as_text(look: Look, site: str) -> None:
    visit = look(f"{site}/component_usage/")
    page = drawn(visit)

    sees(page, IMAGE, "Button", SCRIPT, ADDRESS, "Inconclusive.")
    assert figures(page) == {
        "Sets and single components": "4",
        "Placements": "14",
        "Files using components": "2",
        "Unused sets and single components": "1",
    }
    visit.leads_into_figma(
        "https://www.figma.com/design/one?node-id=1-3",
    )


def test_a_chosen_component_shows_its_files(visit: Visit, site: str) -> None:
    page = opened(visit, f"{site}/component_usage/")
    sees(page, FORMULA)

    choose(page, "Button")

    sees(page, MARKDOWN)
    visit.leads_into_figma("https://www.figma.com/design/two?node-id=1-2")


def choose(page: Page, component: str) -> None:
    """Choose a row. Repeat a click that was lost because the table did not listen yet."""
    box = page.get_by_role("row").filter(has_text=component).get_by_role("checkbox").first
    chosen = page.locator("h2").filter(has_text=f"Where {component} is used")
    for _ in range(TRIES):
        if not box.is_checked():
            box.click()
        with suppress(AssertionError):
            expect(chosen).to_be_visible(timeout=PATIENCE / TRIES)
            return


def download_csv(page: Page) -> Download:
    """Click for the CSV until it comes, because the page may not listen yet to the first click."""
    for _ in range(TRIES - 1):
        with suppress(PlaywrightTimeout), page.expect_download(timeout=PATIENCE / TRIES) as started:
            page.get_by_text("Download CSV").first.click()
            return started.value
    with page.expect_download() as started:
        page.get_by_text("Download CSV").first.click()
    return started.value


def test_a_table_can_be_downloaded_as_csv(look: Look, site: str) -> None:
    page = drawn(look(f"{site}/file_growth/"))
    sees(page, "All files")

    taken = download_csv(page)

    lines = taken.path().read_text().splitlines()
    assert taken.suggested_filename == "file_growth.csv"
    assert [row[0] for row in csv.reader(lines[1:])] == [
        IMAGE,
        "Kit",
        '\'=HYPERLINK("https://evil.example","Report")',
    ]


def test_a_hostile_name_is_text_in_a_choice_and_in_a_tooltip(look: Look, site: str) -> None:
    page = drawn(look(f"{site}/component_usage/"))
    sees(page, IMAGE)

    for name in (MARKDOWN, SCRIPT):
        expect(page.locator("option").filter(has_text=name).first).to_be_attached()
    bar = page.get_by_label("The most used components by placements and team").locator(".mark-rect path").first
    point_at(bar, page.locator("#vg-tooltip-element").filter(has_text=IMAGE))


def point_at(mark: Locator, tooltip: Locator) -> None:
    """Hold the pointer on a mark of a chart. Repeat it if the page moves while its parts arrive."""
    for _ in range(TRIES - 1):
        mark.hover()
        with suppress(AssertionError):
            expect(tooltip).to_be_visible(timeout=PATIENCE / TRIES)
            return
        mark.page.mouse.move(0, 0)
    mark.hover()
    expect(tooltip).to_be_visible()


def choose_team(page: Page, team: str, parameters: str) -> None:
    """Choose a team, and wait for the address to have exactly these parameters."""
    page.locator("select").filter(has_text="All teams").select_option(label=team)
    page.wait_for_url(lambda address: urlsplit(address).query == parameters)


def test_back_undoes_one_choice_after_the_other_and_leads_to_the_previous_page(visit: Visit, site: str) -> None:
    opened(visit, f"{site}/file_growth/")
    page = opened(visit, f"{site}/component_usage/")
    sees(page, IMAGE)
    teams = page.locator("select").filter(has_text="All teams")

    choose_team(page, MARKDOWN, "team=t1")
    choose_team(page, SCRIPT, "team=t2")
    page.go_back()
    page.wait_for_url(lambda address: urlsplit(address).query == "team=t1")
    expect(teams.locator("option:checked")).to_have_text(MARKDOWN)
    page.go_back()
    page.wait_for_url(lambda address: urlsplit(address).query == "")
    expect(teams.locator("option:checked")).to_have_text("All teams")
    page.go_back()

    expect(page.locator("h1")).to_have_text("File growth")


def test_a_choice_of_another_team_drops_the_folder_of_the_previous_one(visit: Visit, site: str) -> None:
    page = opened(visit, f"{site}/component_usage/?team=t1&folder=f2")
    expect(page.locator("select").filter(has_text="All folders")).to_have_value(re.compile("Apps"))

    choose_team(page, SCRIPT, "team=t2")
    choose_team(page, "All teams", "")

    expect(page.locator("select").filter(has_text="All folders")).to_have_value(re.compile("All folders"))


def test_a_link_with_unknown_keys_says_so_and_is_corrected(visit: Visit, site: str) -> None:
    page = opened(visit, f"{site}/component_usage/?team=gone&library=gone&component=gone")

    sees(
        page,
        "The team in the link does not exist any more. The page shows all teams.",
        "The library in the link does not exist any more. The page shows all libraries.",
        "The chosen component is not in this selection. The page shows the first one.",
    )
    page.wait_for_url(lambda address: not urlsplit(address).query)
    sees(page, IMAGE)


def test_a_link_to_a_chosen_file_opens_with_it(visit: Visit, site: str) -> None:
    page = opened(visit, f"{site}/file_growth/?file_key=kit")

    expect(page.get_by_role("row").filter(has_text="Kit").get_by_role("checkbox")).to_be_checked()
    assert urlsplit(page.url).query == "file_key=kit"


def test_orphaned_styles_shows_both_kinds_with_swatches(visit: Visit, site: str) -> None:
    page = opened(visit, f"{site}/orphaned_styles/")

    sees(page, IMAGE, "References that name no style", MARKDOWN, SCRIPT)
    assert figures(page) == {
        "Unused styles": "1",
        "Dangling styles": "3",
        "References to dangling styles": "14",
        "Files with one style": "2",
    }
    expect(page.locator('span[title="#42c99b"] span[style*="background"]')).to_have_count(1)
    visit.leads_into_figma(
        "https://www.figma.com/design/one?node-id=2-4",
        "https://www.figma.com/design/two?node-id=2-3",
    )


def test_tokens_shows_shortened_keys_with_swatches_and_the_nodes_behind_a_figure(visit: Visit, site: str) -> None:
    page = opened(visit, f"{site}/tokens/")

    sees(page, "06de9944…", SCRIPT, "VariableID:1:2", FORMULA)
    assert figures(page) == {
        "Fills and texts with a style": "42.5%",
        "Variables in use": "4",
        "Bindings": "17",
        "Stale bindings": "3",
        "Hard-coded values": "12",
    }
    expect(page.locator(f'code[title="{VARIABLE}"]').first).to_be_visible()
    visit.leads_into_figma(
        "https://www.figma.com/design/one?node-id=6-6",
        "https://www.figma.com/design/two?node-id=3-3",
    )


def test_library_shows_who_uses_it_and_what_its_designers_should_repair(visit: Visit, site: str) -> None:
    page = opened(visit, f"{site}/library/?library=kit")

    sees(page, IMAGE, FORMULA, SCRIPT, "Property that nobody changes", "characters 60%, visible 20%")
    assert figures(page) == {
        "Files using the library": "2",
        "Placements of the library": "11",
        "References to its styles": "6",
        "Deprecated and used": "3",
        "Findings": "3",
    }
    visit.leads_into_figma(
        "https://www.figma.com/design/kit?node-id=5-5",
        "https://www.figma.com/design/kit?node-id=7-7",
        "https://www.figma.com/design/one?node-id=3-3",
        "https://www.figma.com/design/one?node-id=8-3",
    )


def test_an_organisation_without_libraries_and_variables_is_told_so(visit: Visit, tmp_path: Path) -> None:
    write_warehouse(tmp_path / "warehouse.duckdb", organisation() | dict.fromkeys(LIBRARIES_AND_TOKENS, ()))
    with serving(tmp_path) as address:
        page = opened(visit, f"{address}/library/")
        sees(page, "No file of this warehouse publishes a component or a style.")
        opened(visit, f"{address}/tokens/")
        sees(page, "No file of this selection binds a variable.", "There is nothing to update here.")
        sees(page, "There is nothing to bind here.", "Nothing in this selection has a share.")
        expect(page.locator(".marimo-error, [data-cell-role=output] .text-destructive")).to_have_count(0)
        page.goto("about:blank")  # an open page reports an error when its server stops


def test_file_growth_shows_every_file_with_its_change(look: Look, site: str) -> None:
    visit = look(f"{site}/file_growth/")
    page = drawn(visit)

    sees(page, IMAGE, FORMULA, "Kit", "-25.0%")
    assert figures(page) == {"Loaded files": "3", "Nodes": "500", "Grown files": "1", "Fastest growth": "+50.0%"}
    visit.leads_into_figma(
        "https://www.figma.com/design/one",
        "https://www.figma.com/design/two",
        "https://www.figma.com/design/kit",
    )


def test_people_says_what_a_save_is_not_and_leads_from_each_person_to_their_files(look: Look, site: str) -> None:
    visit = look(f"{site}/people/?period=all")
    page = drawn(visit)

    sees(page, IMAGE, SCRIPT, "Kit", "Not named by Figma", "One of 2")
    expect(page.get_by_text("It is no measure of anybody's work.")).to_be_visible()
    expect(page.get_by_text("The token lacks the scope file_versions:read.")).to_be_visible()
    assert figures(page) == {
        "People who saved": "2",
        "Saves": "9",
        "Sessions": "5",
        "People who saved a library": "1",
        "Histories read": "2",
    }
    expect(page.locator('a[href="../file?key=kit"]').first).to_be_visible()
    visit.leads_into_figma("https://www.figma.com/design/one", "https://www.figma.com/design/kit")


def test_a_page_without_data_says_so_and_shows_data_once_it_is_published(
    visit: Visit, tmp_path: Path, hostile_folder: Path
) -> None:
    with serving(tmp_path) as address:
        for listed in PAGES:
            visit.page.goto(f"{address}/{listed.name}/")
            sees(visit.page, listed.title, "There is no data yet.")
        shutil.copyfile(hostile_folder / "warehouse.duckdb", tmp_path / "warehouse.duckdb")
        visit.page.reload()
        sees(visit.page, IMAGE, FORMULA)
        visit.page.goto("about:blank")  # an open page reports an error when its server stops


def test_no_service_worker_handles_the_requests_of_a_page(first_visit: Visit, site: str) -> None:
    opened(first_visit, f"{site}/file_growth/")

    worker = first_visit.page.evaluate("navigator.serviceWorker.ready.then(found => found.active.scriptURL)")

    answer = first_visit.page.request.get(worker)
    assert answer.ok
    assert "fetch" not in answer.text()
