"""A file's content: pages of blocks. A block is a recipe and its seed; it is drawn when somebody asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from figma_warehouse.sandbox.company.alterations import alter
from figma_warehouse.sandbox.company.blueprints import number_parts
from figma_warehouse.sandbox.company.drawing import FIRST_NUMBER, Drawing, DrawingScope, style_row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from figma_warehouse.sandbox.company.alterations import Alteration
    from figma_warehouse.sandbox.company.blueprints import Part, Style
    from figma_warehouse.sandbox.company.drawing import JsonNode, Maps
    from figma_warehouse.sandbox.company.screens import Recipe, Shelf
    from figma_warehouse.sandbox.truth.tallies import Tally

PAGE_GREY = {"r": 0.96, "g": 0.96, "b": 0.96, "a": 1.0}


@dataclass(frozen=True, eq=False)
class Block:
    """One thing that lies on a page: what it is, never changed once made; `session` is the first half of its ids.

    What is altered is another block of the same session; its `alterations` came one after the other.
    """

    session: int
    recipe: Recipe
    shelf: Shelf
    seed: str
    budget: int = 60
    alterations: tuple[Alteration, ...] = ()

    def numbered(self) -> Part:
        """Its layers with the ids that the drawing gives them; for a recipe that fixes none itself."""
        part = self.recipe(self.shelf, self.seed, self.budget)
        number_parts(part, self.session, FIRST_NUMBER)
        for alteration in self.alterations:
            alter(part, alteration)
        return part

    def draw(self) -> tuple[JsonNode, Drawing]:
        """The node with all below it, and the drawing that kept the tally."""
        drawing = Drawing(self.shelf.home, self.shelf.imports, self.session)
        part = self.numbered() if self.alterations else self.recipe(self.shelf, self.seed, self.budget)
        part.x, part.y = 480 * (self.session % 12), 1200 * (self.session // 12)
        return drawing.draw(part, DrawingScope()), drawing

    def tally(self) -> Tally:
        """What the block adds to its file."""
        return self.draw()[1].tally


@dataclass(frozen=True, eq=False)
class DrawnPage:
    """A page: its id is unique in the file, its blocks lie on it in order."""

    id: str
    name: str
    blocks: tuple[Block, ...] = ()


@dataclass(eq=False)
class DrawnDocument:
    """A document as it is written: the tree's JSON, and the maps of what it refers to or defines, by id."""

    tree: bytes
    maps: Maps


def write_document(
    pages: tuple[DrawnPage, ...], own_styles: list[Style], tallies: dict[Block, Tally] | None = None
) -> DrawnDocument:
    """The document of these pages. Blocks become bytes one by one, so that only one is ever held as a tree.

    What each adds to its file is put into `tallies` if there are any, so that it need not be drawn again to know.
    """
    maps: Maps = {"components": {}, "componentSets": {}, "styles": {s.node_id: style_row(s, False) for s in own_styles}}
    written = b",".join([_write_page(page, maps, tallies) for page in pages])
    root = {"id": "0:0", "name": "Document", "type": "DOCUMENT", "scrollBehavior": "SCROLLS"}
    tree = b"".join([msgspec.json.encode(root)[:-1], b',"children":[', written, b"]}"])
    return DrawnDocument(tree, {name: dict(sorted(rows.items())) for name, rows in maps.items()})


def _write_page(page: DrawnPage, maps: Maps, tallies: dict[Block, Tally] | None) -> bytes:
    canvas: JsonNode = {
        "id": page.id,
        "name": page.name,
        "type": "CANVAS",
        "scrollBehavior": "SCROLLS",
        "backgroundColor": PAGE_GREY,
        "prototypeStartNodeID": None,
        "flowStartingPoints": [],
        "prototypeDevice": {"type": "NONE", "rotation": "NONE"},
    }
    children = b",".join(_write_blocks(page, maps, tallies))
    return b"".join([msgspec.json.encode(canvas)[:-1], b',"children":[', children, b"]}"])


def _write_blocks(page: DrawnPage, maps: Maps, tallies: dict[Block, Tally] | None) -> Iterator[bytes]:
    for block in page.blocks:
        node, drawing = block.draw()
        if tallies is not None:
            tallies[block] = drawing.tally
        for name, rows in drawing.maps().items():
            maps[name] |= rows
        yield msgspec.json.encode(node)
