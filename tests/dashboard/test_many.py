"""Ten thousand components, and names in other scripts or of great length: every page stays usable."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import expect

from figma_warehouse.dashboard.site_map import PAGES
from tests.dashboard.browsing import Visit, figures, sees, serving

JAPANESE = "ボタン／主要・大"
ARABIC = "زر أساسي كبير"
EMOJI = "🔘 Button 👩‍👩‍👧‍👦 ✅"
LONG = ("Unbroken" * 38)[:300]
NAMES = [JAPANESE, ARABIC, EMOJI, LONG]
COMPONENTS = 10_000
WIDTHS = (1440, 390)

ADD = f"""
create temp table names as select unnest($names) as name, generate_subscripts($names, 1) as position;
create temp table many as
select 'many' || i as component_key, coalesce(name, 'Icon ' || i) as component_name, {COMPONENTS} - i as placements
from range(1, {COMPONENTS} + 1) as t(i) left join names on position = i;

insert into marts.component_reach
    (component_key, component_name, library_file_key, is_published, placements, usages, files_using)
select component_key, component_name, 'kit', true, placements, placements, 1 from many;

insert into marts.component_usage
    (component_key, file_key, file_name, team_id, folder_id, placements, usages, hidden, is_at_home, last_seen_at,
     sample_url)
select component_key, 'long', $long, 't1', 'f2', placements, placements, 0, false, now(),
    'https://www.figma.com/design/long?node-id=1-' || placements
from many;

insert into marts.unused_components (component_key, component_name, library_file_key, library_file_name, team_id,
    published_at, days_published, is_needed_by_unpublished, is_conclusive)
select 'un' || component_key, component_name, 'kit', $long, 't1', now() - interval 1 year, 365.0 + placements, false,
    false
from many;

insert into marts.lost_components
    (component_key, component_name, status, is_lost, file_key, file_name, team_id, folder_id, usages, placements,
    is_conclusive)
select 'lost' || position, name, 'missing', true, 'long', $long, 't1', 'f2', 100, 100, false from names;

insert into marts.orphaned_styles
    (kind, style_key, style_name, style_type, is_published, style_references, files_using, is_conclusive)
select 'dangling', 'many' || position, name, 'FILL', false, 100, 1, false from names;

insert into marts.style_usage (style_key, file_key, slot, style_references, references_visible, is_defined_here)
select 'many' || position, 'long' || position, 'fill', 100, 100, false from names;

insert into marts.library_usage
    (library_file_key, file_key, file_name, team_id, team_name, folder_id, placements, usages, in_definitions,
    components_used, style_references, styles_used)
select 'kit', 'long' || position, name, 't1', name, 'f2', 100, 100, 0, 1, 1, 1 from names;

insert into marts.deprecated_usage
    (kind, item_key, item_name, library_file_key, named_in, replacement_name, file_key, file_name, team_id, team_name,
    folder_id, usages, placements, is_at_home)
select 'style', name, name, 'kit', 'name', name, 'long' || position, name, 't1', name, 'f2', 100, 100, false from names;

insert into marts.library_hygiene (kind, item_key, item_name, library_file_key, problem, is_conclusive)
select 'component', component_key, component_name, 'kit', 'no_description', false from many;

insert into marts.set_weight
    (component_set_key, component_set_name, library_file_key, usages, nodes_brought, is_conclusive)
select component_key, component_name, 'kit', placements, placements, false from many;

insert into marts.component_overrides
    (component_key, component_name, field, library_file_key, placements, placements_overriding_any, override_share)
select component_key, component_name, $long, 'kit', placements + 1, placements, 0.5 from many;

insert into marts.library_changes (kind, item_key, item_name, event, name_before, library_file_key, happened_at)
select 'style', 'many' || position, name, 'renamed', name, 'kit', now() from names;

insert into marts.variable_usage
    (variable_key, file_key, slot_kind, bindings, bindings_visible, nodes, file_name, team_id, team_name, folder_id)
select name, 'long' || position, 'stroke_weight', 100, 100, 100, name, 't1', name, 'f2' from names;

insert into marts.stale_bindings
    (variable_key, file_key, variable_suffix, bindings, bindings_visible, nodes, recent_suffix, is_stale, file_name,
    team_id, team_name, folder_id, is_conclusive)
select name, 'long' || position, '1:1', 100, 100, 100, '1:2', true, name, 't1', name, 'f2', false from names;

insert into marts.hardcoded_values
    (file_key, kind, value, occurrences, nearest_key, nearest_name, nearest_value, fit, file_name, team_id, team_name,
    folder_id)
select 'long' || position, 'font', name, 100, name, name, name, 'exact', name, 't1', name, 'f2' from names;

insert into marts.file_growth (file_key, version, file_name, team_id, loaded_at, last_modified_at, pages, nodes,
    instances, bytes, is_latest, is_branch, is_removed)
select 'long' || position, '1', name, 't1', now(), now(), 1, 9000, 10, 90000, true, false, false from names;

insert into marts.file_freshness (file_key, file_name, team_id, folder_id, folder_path, is_branch, is_loaded,
    is_expected, is_current)
select 'long' || position, name, 't1', 'f2', $long, false, true, true, true from names;

insert into marts.people_activity (user_id, user_handle, team_id, team_name, folder_id, week_start, files_saved,
    saved_versions, named_versions, sessions, library_saved_versions, branch_saved_versions, detachments,
    possible_detachments, last_saved_at)
select 'long' || position, name, 't1', name, 'f2', (select max(week_start) from marts.file_activity), 1, 100, 50, 100,
    100, 0, 100, 0, now()
from names;

insert into marts.file_editors (file_key, file_name, user_id, user_handle, team_id, team_name, folder_id, week_start,
    is_branch, saved_versions, named_versions, sessions, last_saved_at)
select 'long' || position, name, 'long' || position, name, 't1', name, 'f2',
    (select max(week_start) from marts.file_activity), false, 100, 50, 100, now()
from names;

insert into marts.file_histories (file_key, file_name, team_id, team_name, folder_id, is_branch, is_library,
    is_expected, is_read, saved_versions)
select 'long' || position, name, 't1', name, 'f2', false, true, true, position > 2, 100 from names;

insert into marts.adoption (level, id, library_layers, visible_layers, layer_share, is_conclusive)
select 'file', 'long' || position, 1, 2, 0.5, false from names;
"""


@pytest.fixture(scope="module")
def many(hostile_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a served warehouse with ten thousand more components."""
    folder = tmp_path_factory.mktemp("many")
    shutil.copyfile(hostile_folder / "warehouse.duckdb", folder / "warehouse.duckdb")
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        for statement in duckdb.extract_statements(ADD):
            given = {name: value for name, value in (("names", NAMES), ("long", LONG)) if f"${name}" in statement.query}
            connection.execute(statement, given or None)
    with serving(folder) as address:
        yield address


@pytest.mark.parametrize("name", [page.name for page in PAGES])
def test_names_of_any_script_and_length_keep_a_page_as_wide_as_its_window(visit: Visit, many: str, name: str) -> None:
    page = visit.page
    page.goto(f"{many}/{name}/")
    expect(page.get_by_text("Data as of").first).to_be_visible()
    if name in ("component_usage", "library", "unused_and_lost", "orphaned_styles", "tokens", "file_growth", "people"):
        sees(page, JAPANESE, ARABIC, EMOJI)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 2000})
        page.wait_for_function("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_ten_thousand_components_are_counted_ranked_and_found(visit: Visit, many: str) -> None:
    page = visit.page
    page.goto(f"{many}/component_usage/")
    sees(page, JAPANESE)

    assert figures(page)["Sets and single components"] == f"{COMPONENTS + 4:,}"
    page.get_by_role("textbox", name="Search").fill("Icon 9999")
    page.get_by_role("textbox", name="Search").press("Enter")
    expect(page.get_by_role("row").filter(has_text="Icon 9999")).to_be_visible()
