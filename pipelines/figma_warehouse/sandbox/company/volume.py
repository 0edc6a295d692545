"""Single documents of any size, for benchmarks."""

from __future__ import annotations

from figma_warehouse.sandbox.company.blocks import write_document
from figma_warehouse.sandbox.company.organisation import answer_document
from figma_warehouse.sandbox.company.world import build_world, new_file, save_file, shelf_for, volume_pages

MIN_NODES = 2


def sample_document(nodes: int, seed: int = 7) -> bytes:
    """The answer of GET file for one plausible file of exactly so many nodes, DOCUMENT and pages included.

    Raises ValueError below 2 nodes: a document has at least one page.
    """
    if nodes < MIN_NODES:
        raise ValueError("a document has at least itself and one page: ask for 2 nodes or more")
    world = build_world(seed, (MIN_NODES,))
    file = new_file(world, "Everything in one file", ("Explorations",))
    save = save_file(world, file, world.start, volume_pages(file, shelf_for(world, file), nodes))
    return answer_document(file, save, write_document(save.pages, file.own_styles))
