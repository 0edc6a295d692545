"""A single document of any size, for benchmarks."""

from __future__ import annotations

from figma_warehouse.sandbox.company.company_state import add_empty_file, available_assets, save_file
from figma_warehouse.sandbox.company.design_files import pages_of_size
from figma_warehouse.sandbox.company.document_json import write_document
from figma_warehouse.sandbox.company.initial_state import build_company
from figma_warehouse.sandbox.company.sample_organisation import answer_document

MIN_NODES = 2


def sample_document(nodes: int, seed: int = 7) -> bytes:
    """The answer of GET file for one plausible file of exactly so many nodes, DOCUMENT and pages included.

    Raises ValueError below 2 nodes: a document has at least one page.
    """
    if nodes < MIN_NODES:
        raise ValueError("a document has at least itself and one page: ask for 2 nodes or more")
    company = build_company(seed, (MIN_NODES,))
    file = add_empty_file(company, "Everything in one file", ("Explorations",))
    save = save_file(company, file, company.start, pages_of_size(file, available_assets(company, file), nodes))
    return answer_document(file, save, write_document(save.pages, file.local_styles))
