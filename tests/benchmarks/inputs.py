"""The documents to measure: a generated one, and recorded ones if they are available."""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from figma_warehouse.sandbox import sample_document
from tests.benchmarks.targets import print_line

RECORDED = Path(__file__).parents[2].parent / "shared" / "recorded" / "files"
COMMUNITY_FILE = "community-767127152320102433"
RADIX_ICONS = "radix-icons"


@dataclass(frozen=True)
class Input:
    """An answer of GET file as JSON on disk, so that other processes can read the same bytes."""

    name: str
    nodes: int
    path: Path


def load_inputs(folder: Path, nodes: int) -> list[Input]:
    """Return the recorded document if it is available, and a generated one of so many nodes."""
    path = folder / "generated.json"
    path.write_bytes(sample_document(nodes))
    return [*_recorded(folder, COMMUNITY_FILE), Input(f"generated, {nodes:,} nodes", nodes, path)]


def radix_icons(folder: Path) -> list[Input]:
    """Return the recorded icon set if it is available. Its few nodes have long vector data."""
    return _recorded(folder, RADIX_ICONS)


def _recorded(folder: Path, name: str) -> list[Input]:
    source, path = RECORDED / f"{name}.json.gz", folder / f"{name}.json"
    if not source.exists():
        print_line(f"{name}: skipped, needs ../shared/recorded")
        return []
    path.write_bytes(gzip.decompress(source.read_bytes()))
    nodes = _count_nodes(json.loads(path.read_bytes())["document"])
    return [Input(f"{name}, {nodes:,} nodes", nodes, path)]


def _count_nodes(node: dict[str, Any]) -> int:
    return 1 + sum(_count_nodes(child) for child in node.get("children", ()))
