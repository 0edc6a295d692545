"""Pages and their top-level layers, and the JSON of a whole document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from figma_warehouse.sandbox.company.instance_edits import apply_edit
from figma_warehouse.sandbox.company.layer_json import FIRST_NUMBER, LayerContext, LayerWriter, style_row
from figma_warehouse.sandbox.company.layers import assign_node_ids

if TYPE_CHECKING:
    from collections.abc import Iterator

    from figma_warehouse.sandbox.company.instance_edits import InstanceEdit
    from figma_warehouse.sandbox.company.layer_json import JsonNode, Maps
    from figma_warehouse.sandbox.company.layers import Layer, Style
    from figma_warehouse.sandbox.company.templates import AvailableAssets, Template
    from figma_warehouse.sandbox.truth.tallies import Tally

PAGE_GREY = {"r": 0.96, "g": 0.96, "b": 0.96, "a": 1.0}


@dataclass(frozen=True, eq=False)
class TopLayer:
    """A top-level layer of a page: a template with its seed, from which the layers are generated when they are needed.

    `session_id` is the first half of its node ids. It never changes: an edit makes another TopLayer with the same
    session id and one more of the `edits`.
    """

    session_id: int
    template: Template
    assets: AvailableAssets
    seed: str
    node_count: int = 60
    edits: tuple[InstanceEdit, ...] = ()

    def build_layers(self) -> Layer:
        """Its layers, with node ids and edits. Not for the template `definition`, which sets the ids itself."""
        layer = self.template(self.assets, self.seed, self.node_count)
        assign_node_ids(layer, self.session_id, FIRST_NUMBER)
        for edit in self.edits:
            apply_edit(layer, edit)
        return layer

    def write(self) -> tuple[JsonNode, LayerWriter]:
        """The node with all below it, and the writer that counted it."""
        writer = LayerWriter(self.assets.file_key, self.assets.import_number, self.session_id)
        layer = self.build_layers() if self.edits else self.template(self.assets, self.seed, self.node_count)
        layer.x, layer.y = 480 * (self.session_id % 12), 1200 * (self.session_id // 12)
        return writer.write_layer(layer, LayerContext()), writer

    def tally(self) -> Tally:
        """The counts that it adds to its file."""
        return self.write()[1].tally


@dataclass(frozen=True, eq=False)
class SamplePage:
    """A page; its id is unique in the file."""

    id: str
    name: str
    top_layers: tuple[TopLayer, ...] = ()


@dataclass(eq=False)
class DocumentJson:
    """A document: the JSON of its tree, and by id the map entries of what it refers to or defines."""

    tree: bytes
    maps: Maps


def write_document(
    pages: tuple[SamplePage, ...], local_styles: list[Style], tallies: dict[TopLayer, Tally] | None = None
) -> DocumentJson:
    """The document of these pages.

    Top-level layers become bytes one at a time, so that only one is in memory as a tree. `tallies` receives the counts
    of each, so that they need no second pass.
    """
    maps: Maps = {
        "components": {},
        "componentSets": {},
        "styles": {s.node_id: style_row(s, False) for s in local_styles},
    }
    defined: Maps = {name: {} for name in maps}
    children = b",".join([_write_page(page, maps, defined, tallies) for page in pages])
    for name, rows in defined.items():
        maps[name] |= rows
    root = {"id": "0:0", "name": "Document", "type": "DOCUMENT", "scrollBehavior": "SCROLLS"}
    tree = b"".join([msgspec.json.encode(root)[:-1], b',"children":[', children, b"]}"])
    return DocumentJson(tree, {name: dict(sorted(rows.items())) for name, rows in maps.items()})


def _write_page(page: SamplePage, maps: Maps, defined: Maps, tallies: dict[TopLayer, Tally] | None) -> bytes:
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
    children = b",".join(_write_top_layers(page, maps, defined, tallies))
    return b"".join([msgspec.json.encode(canvas)[:-1], b',"children":[', children, b"]}"])


def _write_top_layers(
    page: SamplePage, maps: Maps, defined: Maps, tallies: dict[TopLayer, Tally] | None
) -> Iterator[bytes]:
    """Yield the nodes. `defined` gets the map entries of what the page defines, which count more than those of uses."""
    for top_layer in page.top_layers:
        node, writer = top_layer.write()
        if tallies is not None:
            tallies[top_layer] = writer.tally
        for name, rows in writer.maps().items():
            maps[name] |= rows
            defined[name] |= {id_: row for id_, row in rows.items() if id_ in writer.defined}
        yield msgspec.json.encode(node)
