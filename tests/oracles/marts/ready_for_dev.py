"""What is handed to developers: ready_for_dev."""

from collections.abc import Iterator
from functools import cached_property

from tests.oracles.marts.documents import Json, Layer, State
from tests.oracles.marts.facts import Facts, Row, url


class ReadyForDev:
    """The mart as a list of rows."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    @cached_property
    def ready_for_dev(self) -> list[Row]:
        return [row for state in self.facts.main_states for row in self._handed_over(state)]

    def _handed_over(self, state: State) -> Iterator[Row]:
        for layer in state.layers:
            status = (layer.node.get("devStatus") or {}).get("type")
            if status not in (None, "NONE") and not layer.instances:
                yield {
                    "file_key": state.file_key,
                    "node_id": layer.id,
                    "node_name": layer.node["name"],
                    "node_type": layer.type,
                    "dev_status": status,
                    "page_id": layer.page_id,
                    "page_name": layer.page_id and state.by_id[layer.page_id].node["name"],
                    "section_name": _section_around(state, layer),
                    **self.facts.place(state.file_key),
                    "nodes": _size(layer.node),
                    "is_effectively_visible": layer.is_visible,
                    "last_modified_at": state.at,
                    "figma_url": url(state.file_key, layer.id),
                }


def _section_around(state: State, layer: Layer) -> str | None:
    while layer.parent_id:
        layer = state.by_id[layer.parent_id]
        if layer.type == "SECTION":
            return str(layer.node["name"])
    return None


def _size(node: Json) -> int:
    return 1 + sum(map(_size, node.get("children") or ()))
