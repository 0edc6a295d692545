"""Figma's own account of what people do with the libraries of the sample company. It stands beside the documents."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from figma_warehouse.sandbox.company.variable_collections import defined_variables
from figma_warehouse.sandbox.organisation import LibraryAction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from figma_warehouse.sandbox.company.company_state import Company

WEEKS_KEPT = 52


def library_actions(company: Company, file_key: str) -> list[LibraryAction]:
    """Every third or so of the items of a library has some in a week. The present week is the one that just ended."""
    found = []
    for number in range(company.week - WEEKS_KEPT, company.week):
        monday = (company.start + timedelta(weeks=number)).date()
        for kind, key in _items(company, file_key):
            chance = (int(key[:6], 16) + 7 * number) % 30
            insertions, detachments = max(0, chance - 20), int(chance % 10 == 5)
            if insertions or detachments:
                found.append(LibraryAction(kind, key, monday, insertions, detachments))
    return found


def _items(company: Company, file_key: str) -> Iterator[tuple[str, str]]:
    for kind in ("components", "styles"):
        items = company.published[kind].values()
        yield from ((kind.removesuffix("s"), item.key) for item in items if item.file_key == file_key)
    if file_key == company.core_library.key:
        yield from (("variable", one.key) for one in defined_variables(company.design_system))
