"""Each page on the large sample organisation in Chromium: seconds from its address to its figures."""

from pathlib import Path
from statistics import median

import duckdb
from playwright.sync_api import BrowserContext, sync_playwright

from figma_warehouse.dashboard.site_map import PAGES
from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.publish import publish
from figma_warehouse.job.transform import run_dbt
from tests.benchmarks.large_organisation import first_load
from tests.benchmarks.targets import Target, print_line
from tests.dashboard.browsing import ARGUMENTS, CHROMIUM, PATIENCE, serving

SECONDS = 2.0
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
    """Serve the published warehouse and visit each page several times. Without Chromium it measures nothing."""
    if not CHROMIUM.exists():
        print_line(f"  skipped, needs {CHROMIUM}")
        return []
    data = _published(first_load(folder).data)
    with serving(data.root) as address, sync_playwright() as playwright:
        # only a profile on disk keeps compiled scripts, as a reader's does
        browser = playwright.chromium.launch_persistent_context(
            folder / "browser", executable_path=CHROMIUM, args=ARGUMENTS
        )
        targets = [_target(browser, f"{address}/{page.name}/", page.title) for page in PAGES]
        browser.close()
    return targets


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
