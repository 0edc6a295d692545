"""Why a file is heavy: page_weight."""

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property

from tests.oracles.marts.documents import Json, Layer, State
from tests.oracles.marts.facts import Facts, OneOf, Row, url

HEAVIEST = ("heaviest_layer_name", "heaviest_layer_nodes", "heaviest_layer_url")


class PageWeight:
    """The mart as a list of rows."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    @cached_property
    def page_weight(self) -> list[Row]:
        return [row for state in self.facts.main_states for row in self._pages(state)]

    def _pages(self, state: State) -> Iterator[Row]:
        by_page: dict[str, list[Layer]] = defaultdict(list)
        for layer in state.layers:
            if layer.page_id:
                by_page[layer.page_id].append(layer)
        total = sum(map(len, by_page.values()))
        for page_id, layers in by_page.items():
            yield {
                "file_key": state.file_key,
                "page_id": page_id,
                "page_name": layers[0].node["name"],
                "position": state.answer["document"]["children"].index(layers[0].node),
                **self.facts.place(state.file_key),
                **_counts(layers),
                "share_of_file": len(layers) / total,
                HEAVIEST: _heaviest(state.file_key, layers[0].node),
                "figma_url": url(state.file_key, page_id),
            }


def _counts(layers: list[Layer]) -> Row:
    types = [layer.type for layer in layers]
    hidden = [layer for layer in layers if not layer.is_visible]
    images = [paint["imageRef"] for layer in layers for paint in _paints(layer.node) if paint.get("imageRef")]
    sets = {layer.id for layer in layers if layer.type == "COMPONENT_SET"}
    return {
        "nodes": len(layers),
        "hidden_nodes": sum(layer.node.get("visible") is False for layer in hidden),
        "nodes_in_hidden": sum(layer.node.get("visible") is not False for layer in hidden),
        "instances": types.count("INSTANCE"),
        "nodes_in_instances": sum(bool(layer.instances) for layer in layers),
        "text_nodes": types.count("TEXT"),
        "vector_nodes": types.count("VECTOR"),
        "component_definitions": types.count("COMPONENT"),
        "variants": sum(layer.type == "COMPONENT" and layer.parent_id in sets for layer in layers),
        "image_references": len(images),
        "images": len(set(images)),
        "deepest_level": _levels(layers[0].node) - 1,
    }


def _paints(node: Json) -> list[Json]:
    return [*(node.get("fills") or ()), *(node.get("strokes") or ())]


def _levels(node: Json) -> int:
    return 1 + max(map(_levels, node.get("children") or ()), default=0)


def _size(node: Json) -> int:
    return 1 + sum(map(_size, node.get("children") or ()))


def _heaviest(file_key: str, page: Json) -> OneOf | tuple[None, None, None]:
    sizes = {child["id"]: (_size(child), child["name"]) for child in page.get("children") or ()}
    if not sizes:
        return None, None, None
    most = max(size for size, _ in sizes.values())
    return OneOf((name, size, url(file_key, id_)) for id_, (size, name) in sizes.items() if size == most)
