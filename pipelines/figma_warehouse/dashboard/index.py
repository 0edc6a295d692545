"""The index: how fresh the data is, what needs attention, and the answer of each page."""

from collections.abc import Mapping

from figma_warehouse.dashboard.page import OLD_AFTER_DAYS
from figma_warehouse.dashboard.published_file import published_file
from figma_warehouse.dashboard.site_map import PAGES, DashboardPage
from figma_warehouse.dashboard.summary import Summary
from figma_warehouse.dashboard.templating import render

# lines of what needs attention; Overview has all of them
MOST_LINES = 3


def index_page(addresses: Mapping[DashboardPage, str], summary: Summary) -> str:
    """Return a page with the age of the data, its first problem, what needs attention, and links to all pages."""
    return str(
        render(
            "index.html",
            addresses=addresses,
            addresses_by_name={page.name: address for page, address in addresses.items()},
            titles={page.name: page.title for page in PAGES},
            most_lines=MOST_LINES,
            summary=summary,
            old_after_days=OLD_AFTER_DAYS,
            published_file=published_file(),
        )
    )
