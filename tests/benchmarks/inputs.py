"""The documents that are measured: one generated, and recorded ones where they are at hand."""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from figma_warehouse.sandbox import sample_document
from tests.benchmarks.promises import say

RECORDED = Path(__file__).parents[2].parent / "shared" / "recorded" / "files"
COMMUNITY_FILE = "community-767127152320102433"
RADIX_ICONS = "radix-icons"


@dataclass(frozen=True)
class Input:
    """One answer of `GET file` as JSON on disk, so that processes of their own can read the same bytes."""

    name: str
    nodes: int
    path: Path


def load_inputs(folder: Path, nodes: int) -> list[Input]:
    """Return the recorded document, if it is there, and a generated one of so many nodes."""
    path = folder / "generated.json"
    path.write_bytes(sample_document(nodes))
    return [*_recorded(folder, COMMUNITY_FILE), Input(f"generated, {nodes:,} nodes", nodes, path)]


def radix_icons(folder: Path) -> list[Input]:
    """Return the recorded icon set, whose few nodes carry long vector data, if it is there."""
    return _recorded(folder, RADIX_ICONS)


def _recorded(folder: Path, name: str) -> list[Input]:
    source, path = RECORDED / f"{name}.json.gz", folder / f"{name}.json"
    if not source.exists():
        say(f"{name}: skipped, ../shared/recorded is not there")
        return []
    path.write_bytes(gzip.decompress(source.read_bytes()))
    nodes = _count_nodes(json.loads(path.read_bytes())["document"])
    return [Input(f"{name}, {nodes:,} nodes", nodes, path)]


def _count_nodes(node: dict[str, Any]) -> int:
    return 1 + sum(_count_nodes(child) for child in node.get("children", ()))
