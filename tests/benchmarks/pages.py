"""Each page on the large sample organisation in Chromium: seconds from its address to its figures.

And the pages of a thousand components and files of a made-up published file: seconds to export them.
"""

import time
from pathlib import Path
from statistics import median

import duckdb
from playwright.sync_api import BrowserContext, sync_playwright

from figma_warehouse.dashboard.items.pages import write_pages
from figma_warehouse.dashboard.site_map import PAGES
from figma_warehouse.dashboard.static_pages import exporting
from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.publish import publish
from figma_warehouse.job.transform import run_dbt
from tests.benchmarks.large_organisation import first_load
from tests.benchmarks.targets import Target, print_line
from tests.dashboard.browsing import ARGUMENTS, CHROMIUM, PATIENCE, serving
from tests.fixtures.hostile import write_warehouse

SECONDS = 2.0
ITEM_SECONDS = 60.0
# 640 components in 160 sets of four, each in about 20 of 200 files, over 26 weeks
MADE_UP = """
    insert into marts.file_freshness (file_key, file_name, team_id, is_branch, is_loaded, is_current, is_expected)
    select printf('file%020d', f), 'File ' || f, 't' || f % 5, false, true, true, true from range(200) as t(f);

    insert into marts.component_reach
        (component_key, component_name, component_set_key, component_set_name, library_file_key, is_published,
        placements, usages, files_using)
    select printf('%040x', c), 'Kind=' || c % 4, printf('%040x', 10000 + c // 4), 'Set ' || c // 4,
        printf('file%020d', c % 3), true, 40, 60, 20
    from range(640) as t(c);

    insert into marts.component_usage
        (component_key, component_set_key, component_set_name, component_name, file_key, file_name, team_id, placements,
        usages, is_at_home)
    select component_key, component_set_key, component_set_name, component_name, file_key, file_name, team_id, 2, 3,
        false
    from marts.component_reach, marts.file_freshness
    where hash(component_key, file_key) % 10 = 0;

    insert into marts.usage_history
        (component_key, component_set_key, week_start, usages, placements, is_mostly_scanned)
    select component_key, component_set_key, date '2026-01-05' + to_days(7 * w::integer), 50 + w, 30 + w, true
    from marts.component_reach, range(26) as t(w);

    insert into marts.file_growth_weekly (file_key, week_start, nodes, visible_nodes, is_branch)
    select file_key, date '2026-01-05' + to_days(7 * w::integer), 1000 + w, 900 + w, false
    from marts.file_freshness, range(26) as t(w);

    insert into marts.page_weight (file_key, page_id, page_name, position, nodes)
    select file_key, p::varchar, 'Page ' || p, p, 100 * p from marts.file_freshness, range(20) as t(p);

    insert into marts.hardcoded_values (file_key, kind, value, occurrences)
    select file_key, 'color', printf('#%06xff', v), v from marts.file_freshness, range(150) as t(v);
"""
VISITS = 5
# by the browser's clock, from the navigation to the frame that shows the figures
PAINTED = """patience => new Promise((painted, failed) => {
    setTimeout(failed, patience, "the page shows no figures");
    const look = () => document.querySelector("dl.figures") && (
        watch.disconnect(),
        requestAnimationFrame(() => setTimeout(() => painted(performance.now() / 1000)))
    );
    const watch = new MutationObserver(look);
    watch.observe(document, { subtree: true, childList: true });
    look();
})"""


def measure_pages(folder: Path) -> list[Target]:
    """Export the pages of items, then serve the published warehouse and visit each page several times.

    Without Chromium it visits nothing.
    """
    targets = [_measure_items(folder / "items")]
    if not CHROMIUM.exists():
        print_line(f"  skipped, needs {CHROMIUM}")
        return targets
    data = _published(first_load(folder).data)
    with serving(data.root) as address, sync_playwright() as playwright:
        # only a profile on disk keeps compiled scripts, as a reader's does
        browser = playwright.chromium.launch_persistent_context(
            folder / "browser", executable_path=CHROMIUM, args=ARGUMENTS
        )
        targets += [_target(browser, f"{address}/{page.name}/", page.title) for page in PAGES]
        browser.close()
    return targets


def _measure_items(folder: Path) -> Target:
    (exported := folder / "exported").mkdir(parents=True)
    write_warehouse(folder / "warehouse.duckdb", {})
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.execute(MADE_UP)
    started = time.perf_counter()
    with exporting(folder, exported):
        pages = write_pages(exported)
    seconds = time.perf_counter() - started
    size = sum(path.stat().st_size for path in exported.rglob("*.html")) / pages
    print_line(f"  {pages:,} pages of items in {seconds:.1f} s, {size:,.0f} bytes each")
    what = f"pages of {pages:,} components, sets and files: seconds to export"
    per_item = f"{1000 * seconds / pages:.1f} ms each"
    return Target(what, f"{seconds:.1f} s", "", per_item, f"under {ITEM_SECONDS:.0f} s", seconds < ITEM_SECONDS)


def _published(data: DataDir) -> DataDir:
    with duckdb.connect(str(data.build), read_only=True) as connection:
        is_built = connection.sql("from information_schema.schemata where schema_name = 'marts'").fetchone()
    if not is_built:
        result = run_dbt(data, "run")
        if result.returncode:
            raise SystemExit(f"the models could not be built:\n{result.stdout[-4000:]}")
    publish(data)
    return data


def _target(context: BrowserContext, address: str, title: str) -> Target:
    first, *again = [_seconds(context, address) for _ in range(1 + VISITS)]
    seconds = median(again)
    return Target(
        f"page {title}: seconds to its figures",
        f"{seconds:.2f} s",
        "",
        f"{first:.2f} s at the first visit",
        f"under {SECONDS:.0f} s",
        seconds < SECONDS,
    )


def _seconds(context: BrowserContext, address: str) -> float:
    page = context.new_page()
    page.goto(address, wait_until="commit")
    seconds: float = page.evaluate(PAINTED, PATIENCE)
    page.close()
    return seconds
