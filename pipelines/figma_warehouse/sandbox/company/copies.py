"""Local components that repeat what the core library publishes: its name, its layers, or both."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from figma_warehouse.sandbox.company.design_files import make_definition_layer
from figma_warehouse.sandbox.company.document_json import TopLayer
from figma_warehouse.sandbox.company.layers import Layer, copy_layer, make_frame, make_instance, make_key, make_text
from figma_warehouse.sandbox.company.libraries import make_component
from figma_warehouse.sandbox.company.templates import usage_examples

if TYPE_CHECKING:
    from figma_warehouse.sandbox.company.company_state import Company, SampleFile
    from figma_warehouse.sandbox.company.layers import Component
    from figma_warehouse.sandbox.company.templates import AvailableAssets

# by file: the name of the copy, and the family whose first component has its layers; the last one is drawn by hand
COPIES = {"Partner onboarding": ("Card", "Card"), "Product page": ("No orders yet", "Empty state")}
DRAWN_FILE, DRAWN_NAME = "Pricing tools", " search FIELD"
# no other top-level layer of these files has an id as high, so that theirs stay as they are
FIRST_COPY_SESSION_ID = 800
NODES_OF_EXAMPLES = 40


def add_copies(company: Company, assets: AvailableAssets, file: SampleFile) -> None:
    """Define a copy on the last page of some files, with examples of its use beside it. Designers take other ones."""
    if file.name not in (*COPIES, DRAWN_FILE):
        return
    save, copied = file.current, _make_copy(company, file)
    *pages, last = save.pages
    examples = replace(assets, families=[[copied]], family_weights=[1])
    top_layers = (
        make_definition_layer(assets, copied, f"{file.key}/{copied.key}"),
        TopLayer(FIRST_COPY_SESSION_ID + 1, usage_examples, examples, f"{file.key}/examples", NODES_OF_EXAMPLES),
    )
    save.pages = (*pages, replace(last, top_layers=(*last.top_layers, *top_layers)))


def _make_copy(company: Company, file: SampleFile) -> Component:
    if file.name in COPIES:
        name, family = COPIES[file.name]
        root = _without_properties(copy_layer(company.design_system.families[family][0].root))
    else:
        name, root = DRAWN_NAME, _draw_search_field(company)
    key = make_key(company.seed, file.key, name)
    return make_component(file.definitions_key, FIRST_COPY_SESSION_ID, name, root, key, 0)


def _without_properties(layer: Layer) -> Layer:
    """The layer as it is after its component was detached, which takes its properties away."""
    children = [_without_properties(child) for child in layer.children]
    return replace(layer, children=children, property_references={})


def _draw_search_field(company: Company) -> Layer:
    system = company.design_system
    text = make_text("Query", "Search", system.text_styles["Body/Medium"], system.color_styles["Text/Secondary"])
    icon = make_instance(system.icons["Search"], "Glass")
    return make_frame(DRAWN_NAME, 240, 40, icon, text, layout="HORIZONTAL", padding=8, radius=20, fill="#f4f5f8")
