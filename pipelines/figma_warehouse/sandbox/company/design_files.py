"""New design files: pages of screens, with local components and local styles."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from figma_warehouse.sandbox.company import sample_names
from figma_warehouse.sandbox.company.company_state import add_empty_file, available_assets, save_file
from figma_warehouse.sandbox.company.design_system import COLORS
from figma_warehouse.sandbox.company.document_json import SamplePage, TopLayer
from figma_warehouse.sandbox.company.layers import Style, make_frame, make_instance, make_key, make_text
from figma_warehouse.sandbox.company.libraries import make_component
from figma_warehouse.sandbox.company.templates import definition, screen, section

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence
    from datetime import datetime

    from figma_warehouse.sandbox.company.company_state import Company, SampleFile
    from figma_warehouse.sandbox.company.layers import Component, ComponentSet
    from figma_warehouse.sandbox.company.templates import AvailableAssets

TOP_LAYER_NODES = 64
ODD_NAME = "<img src=x onerror=alert(1)>"


def add_design_file(company: Company, name: str, path: Sequence[str], node_count: int, at: datetime) -> SampleFile:
    """Add a design file with about so many nodes: pages of screens, local components, local styles."""
    file = add_empty_file(company, name, path)
    rng = company.seeded_random(file.key, "first")
    file.local_styles = _make_local_styles(company, file)
    file.local_components = [_make_local_component(company, file, rng, each) for each in _choose_local_names(name, rng)]
    assets = available_assets(company, file)
    pages = _make_first_pages(file, assets, rng, node_count)
    save_file(company, file, at, (*pages, _make_definitions_page(file, assets)), "First version")
    return file


def pages_of_size(file: SampleFile, assets: AvailableAssets, node_count: int) -> tuple[SamplePage, ...]:
    """Pages that make, with the document itself, exactly so many nodes."""
    count = max(1, min(8, node_count // 400))
    left = node_count - 1 - count
    node_counts = [400] * (left // 400) + ([left % 400] if left % 400 else [])
    top_layers = [_make_sized_layer(file, assets, node_count) for node_count in node_counts]
    names = (*sample_names.PAGES, "Research", "Old")
    return tuple(SamplePage(f"0:{1 + index}", names[index], tuple(top_layers[index::count])) for index in range(count))


def make_definition_layer(assets: AvailableAssets, item: Component | ComponentSet, seed: str) -> TopLayer:
    """The definition of a component or a set as a top-level layer."""
    session_id = int(item.node_id.split(":")[0])
    return TopLayer(session_id, definition, replace(assets, definition=item), seed)


def _make_sized_layer(file: SampleFile, assets: AvailableAssets, node_count: int) -> TopLayer:
    session_id = file.take_session_id()
    template = section if node_count > TOP_LAYER_NODES else screen
    return TopLayer(session_id, template, assets, f"{file.key}/{session_id}", node_count)


def _make_local_styles(company: Company, file: SampleFile) -> list[Style]:
    if len(company.files) % 3:
        return []
    # in some files they repeat styles of the library: one its value, one its name
    is_shadow = not len(company.files) % 6
    names = ("Campaign tint", "brand/primary" if is_shadow else "Campaign tint unused")
    made = []
    for position, name in enumerate(names):
        key = make_key(company.seed, file.key, name)
        value = COLORS["Tone/Info"] if is_shadow else f"#{key[:6]}"
        made.append(Style(key, name, "FILL", value, file.key, f"0:{100 + position}", position))
    return made


def _choose_local_names(name: str, rng: random.Random) -> list[str]:
    chosen = rng.sample(sample_names.LOCAL_COMPONENTS, rng.randint(2, 4))
    return [ODD_NAME, *chosen] if name == ODD_NAME else chosen


def _make_local_component(company: Company, file: SampleFile, rng: random.Random, name: str) -> Component:
    system = company.design_system
    label = make_text("Label", "Label", system.text_styles["Body/Small"], system.color_styles["Text/Primary"])
    inner = make_instance(rng.choice(system.families[rng.choice(("Badge", "Avatar", "Icon button"))]))
    root = make_frame(name, 200, 72, label, inner, layout="HORIZONTAL", padding=8, radius=12, fill="#ffffff")
    key = make_key(company.seed, file.key, name)
    return make_component(file.definitions_key, file.take_session_id(), name, root, key, 0)


def _make_first_pages(
    file: SampleFile, assets: AvailableAssets, rng: random.Random, node_count: int
) -> list[SamplePage]:
    names = rng.sample(sample_names.PAGES, 1 + min(3, node_count // 500))
    top_layers = [_make_first_layer(file, assets, rng) for _ in range(max(2, node_count // TOP_LAYER_NODES))]
    return [
        SamplePage(f"0:{1 + index}", name, tuple(top_layers[index :: len(names)])) for index, name in enumerate(names)
    ]


def _make_first_layer(file: SampleFile, assets: AvailableAssets, rng: random.Random) -> TopLayer:
    session_id = file.take_session_id()
    template = section if session_id % 5 == 0 else screen
    return TopLayer(session_id, template, assets, f"{file.key}/{session_id}", rng.randint(30, 2 * TOP_LAYER_NODES - 30))


def _make_definitions_page(file: SampleFile, assets: AvailableAssets) -> SamplePage:
    top_layers = tuple(make_definition_layer(assets, made, f"{file.key}/{made.key}") for made in file.local_components)
    return SamplePage("0:50", "Local components", top_layers)
