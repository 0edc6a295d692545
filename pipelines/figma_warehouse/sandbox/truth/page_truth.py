"""What `page_weight` must hold: the nodes of each page."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from figma_warehouse.sandbox.truth.tallies import Tally


class PageWeight(NamedTuple):
    """The figures of the mart `page_weight`, in its columns' names."""

    nodes: int
    hidden_nodes: int
    nodes_in_hidden: int
    instances: int
    nodes_in_instances: int
    text_nodes: int
    vector_nodes: int
    component_definitions: int
    heaviest_layer_nodes: int | None


def page_weight(page: Tally, top_layers: Sequence[Tally]) -> PageWeight:
    """The figures of a page, whose tally has the page itself, too."""
    return PageWeight(
        page.nodes,
        page.hidden_nodes,
        page.nodes - page.visible_nodes - page.hidden_nodes,
        page.instances,
        page.nodes_in_instances,
        page.text_nodes,
        page.vector_nodes,
        page.component_definitions,
        max((one.nodes for one in top_layers), default=None),
    )
