"""The pages of items: for one key when it is served, for all keys when they are exported."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
from markupsafe import Markup

from figma_warehouse.dashboard import published_file
from figma_warehouse.dashboard.items.component import SECTIONS as COMPONENT_SECTIONS
from figma_warehouse.dashboard.items.component import component_heads
from figma_warehouse.dashboard.items.file import SECTIONS as FILE_SECTIONS
from figma_warehouse.dashboard.items.file import file_heads
from figma_warehouse.dashboard.items.item_page import LOOK, Head, frame, item_page, refusal_page
from figma_warehouse.dashboard.items.sections import Section, answer
from figma_warehouse.dashboard.known_items import COMPONENT, FILE, known_keys
from figma_warehouse.dashboard.site_map import item_file
from figma_warehouse.dashboard.templating import STATIC, named

# keys that one query answers for
BATCH = 250
LONGEST_SHOWN_KEY = 80


@dataclass(frozen=True)
class Kind:
    """A kind of item: its sections, what returns the heads of its pages, its noun, and the page that lists items."""

    name: str
    sections: Sequence[Section]
    heads: Callable[[Sequence[str]], dict[str, Head]]
    noun: str
    listed_on: str


KINDS = {
    kind.name: kind
    for kind in (
        Kind(COMPONENT, COMPONENT_SECTIONS, component_heads, "component or set", "component_usage"),
        Kind(FILE, FILE_SECTIONS, file_heads, "file", "file_growth"),
    )
}


def served_page(kind: Kind, key: str | None) -> tuple[str, bool]:
    """Return the page of an item, and whether it exists; else a page that says why not."""
    try:
        fresh = published_file.freshness()
        if fresh and key is not None and key in known_keys(kind.name):
            ((_, page),) = _pages(kind, [key])
            return page, True
    except (duckdb.Error, OSError):
        return _refusal(kind, named("The data cannot be read now. Reload this page after the next run.")), False
    if fresh is None:
        return _refusal(kind, named("There is no data yet.")), False
    if key is None:
        return _refusal(kind, named(f"The address names no {kind.noun}: it ends with a key.")), False
    shown = key if len(key) <= LONGEST_SHOWN_KEY else f"{key[:LONGEST_SHOWN_KEY]}…"
    return _refusal(kind, named(f"The warehouse knows no {kind.noun} with the key {{}}.", shown)), False


def write_pages(folder: Path) -> int:
    """Write the page of every item into `folder`, and the style and scripts that they share; return their number."""
    (folder / LOOK).mkdir()
    for name in ("page.css", "tables.js", "pictures.js", "age.js"):
        shutil.copyfile(STATIC / name, folder / LOOK / name)
    if published_file.freshness() is None:
        return 0
    written = 0
    for kind in KINDS.values():
        (folder / kind.name).mkdir()
        keys = sorted(known_keys(kind.name))
        for first in range(0, len(keys), BATCH):
            for key, page in _pages(kind, keys[first : first + BATCH]):
                (folder / item_file(kind.name, key)).write_text(page, encoding="utf-8")
                written += 1
    return written


def _pages(kind: Kind, keys: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the key and the page of each item."""
    shared, heads = frame(kind.name, kind.sections), kind.heads(keys)
    answers = {section.lists: answer(section.query, keys) for section in shared.sections}
    for key in keys:
        rows = {lists: by_key[key] for lists, by_key in answers.items() if key in by_key}
        yield key, item_page(shared, heads[key], rows)


def _refusal(kind: Kind, words: Markup) -> str:
    return refusal_page(kind.name, words, kind.listed_on)
