"""The index: how fresh the data is, and the answer of each page."""

from collections.abc import Mapping

from figma_warehouse.dashboard.page import OLD_AFTER_DAYS
from figma_warehouse.dashboard.published_file import published_file
from figma_warehouse.dashboard.site_map import DashboardPage
from figma_warehouse.dashboard.summary import Summary
from figma_warehouse.dashboard.templating import render


def index_page(addresses: Mapping[DashboardPage, str], summary: Summary) -> str:
    """Return a page with the age of the data, the first problem with it, and a link to each page with its answer."""
    return str(
        render(
            "index.html",
            addresses=addresses,
            overview_address=next(address for page, address in addresses.items() if page.name == "overview"),
            summary=summary,
            old_after_days=OLD_AFTER_DAYS,
            published_file=published_file(),
        )
    )
