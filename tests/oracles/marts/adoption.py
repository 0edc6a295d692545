"""How much comes from the library: adoption, without the slots of all kinds."""

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property

from tests.fixtures.recorded_company import CompanyFile
from tests.oracles.marts import paints
from tests.oracles.marts.documents import Json, Layer, Look, State, looks
from tests.oracles.marts.facts import Facts, OneOf, Row, url

LAYERS_AND_SLOTS = (
    *("visible_layers", "library_layers", "text_slots", "bound_text_slots", "fill_slots", "bound_fill_slots"),
    *("text_characters", "bound_text_characters"),
)
COUNTS = (*LAYERS_AND_SLOTS, "library_placements", "local_placements")


class Adoption:
    """The mart as a list of rows, without the columns about slots of all kinds, which `Slots` adds."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self._counts: dict[str, Row] = {}

    @cached_property
    def items(self) -> list[Row]:
        # files of a type that the API does not serve have no content to be told from the library's
        present = self.facts.expected
        rows = [self._row("file", one.key, self.facts.name_of(one.key), [one]) for one in present]
        for folder in sorted({one.folder.id for one in present}):
            name = self.facts.company.folder(folder).name  # type: ignore[union-attr]
            rows.append(self._row("folder", folder, name, [one for one in present if one.folder.id == folder]))
        for team in sorted({one.folder.team_id for one in present}):
            name = self.facts.team_name(team) or ""
            rows.append(self._row("team", team, name, [one for one in present if one.folder.team_id == team]))
        return [*rows, self._row("organisation", "organisation", None, present)]

    def _row(self, level: str, id_: str, name: str | None, files: list[CompanyFile]) -> Row:
        states = [state for one in files if (state := self.facts.current(one.key))]
        sums: Row = {column: sum(self.counts(state)[column] for state in states) for column in COUNTS}
        if level == "file" and not states:
            sums = dict.fromkeys(COUNTS)
        elif level == "file" and not is_design(states[0]):
            # a board has nothing to be counted, rather than none of it
            sums |= dict.fromkeys(LAYERS_AND_SLOTS)
        placements = (sums["library_placements"] or 0) + (sums["local_placements"] or 0)
        slots = (sums["text_slots"] or 0) + (sums["fill_slots"] or 0)
        bound = (sums["bound_text_slots"] or 0) + (sums["bound_fill_slots"] or 0)
        return {
            "level": level,
            "id": id_,
            "name": name,
            **sums,
            "layer_share": _share(sums["library_layers"], sums["visible_layers"]),
            "instance_share": _share(sums["library_placements"], placements),
            "style_share": _share(bound, slots),
            "text_character_share": _share(sums["bound_text_characters"], sums["text_characters"]),
            "sample_url": self._sample(states),
            **self.facts.scan(files),
            "files_left_out": sum(not is_design(state) for state in states),
        }

    def counts(self, state: State) -> Row:
        """The counts of one file."""
        if state.file_key not in self._counts:
            layers = self.visible_layers(state)
            placed = [one for one in state.instances if one.is_placed]
            defined = {state.definition_key(layer.node) for layer in state.layers if layer.type == "COMPONENT"}
            ids = {layer.id for layer in state.layers if layer.type == "COMPONENT"}
            published = [one for one in placed if self.facts.is_published("components", one.component_key)]
            local = [
                one
                for one in placed
                if one not in published and (one.component_key in defined or one.component_id in ids)
            ]
            texts = [look for layer in layers if layer.type == "TEXT" for look in looks(layer.node)]
            slots = [slot for layer in layers for slot in self._slots(state, layer.node)]
            self._counts[state.file_key] = {
                "visible_layers": len(layers),
                "library_layers": sum(self.is_in_library(state, layer) for layer in layers),
                "library_placements": sum(self.facts.home_of(one.component_key) != state.file_key for one in published),
                "local_placements": len(local),
                "text_slots": sum(kind == "text" for kind, _ in slots),
                "bound_text_slots": sum(is_bound for kind, is_bound in slots if kind == "text"),
                "text_characters": sum(look.characters for look in texts),
                "bound_text_characters": sum(look.characters for look in texts if self._has_bound_font(state, look)),
                "fill_slots": sum(kind == "fill" for kind, _ in slots),
                "bound_fill_slots": sum(is_bound for kind, is_bound in slots if kind == "fill"),
            }
        return self._counts[state.file_key]

    def visible_layers(self, state: State) -> list[Layer]:
        """The visible layers of a design file, in the order of the document."""
        return [layer for layer in state.layers if layer.is_layer and layer.is_visible] if is_design(state) else []

    def is_in_library(self, state: State, layer: Layer) -> bool:
        """Whether it is an instance of a published component or lies within one."""
        nodes = (*layer.instances, layer.node) if layer.type == "INSTANCE" else layer.instances
        return any(self.facts.is_published("components", state.component_key(node)) for node in nodes)

    def _slots(self, state: State, node: Json) -> Iterator[tuple[str, bool]]:
        """Yield each slot of a layer, and whether it is bound."""
        if node["type"] == "TEXT":
            yield "text", all(self._has_bound_font(state, look) for look in looks(node))
        # the lowest paints of all looks are one slot, those above them another
        fills: dict[int, list[bool]] = defaultdict(list)
        for look in looks(node):
            for position, paint in enumerate(look.paints):
                if paints.solid([paint]):
                    fills[position].append(self._is_bound(state, look.fill_style, paint))
        yield from (("fill", all(bound)) for bound in fills.values())

    def _has_bound_font(self, state: State, look: Look) -> bool:
        return self._is_published(state, look.text_style) or look.has_font_variable

    def _is_bound(self, state: State, style_id: str | None, paint: Json) -> bool:
        return self._is_published(state, style_id) or paints.color_variable(paint) is not None

    def _is_published(self, state: State, style_id: str | None) -> bool:
        return self.facts.is_published("styles", state.key_of("styles", style_id))

    def _sample(self, states: list[State]) -> OneOf | None:
        """The first layer outside the library, in the file that has the most of them."""
        outside = {state.file_key: self._outside(state) for state in states}
        most = max(map(len, outside.values()), default=0)
        return OneOf(url(key, layers[0].id) for key, layers in outside.items() if len(layers) == most) if most else None

    def _outside(self, state: State) -> list[Layer]:
        return [layer for layer in self.visible_layers(state) if not self.is_in_library(state, layer)]


def is_design(state: State) -> bool:
    """Whether a file is a design file; old answers do not say."""
    return bool(state.answer.get("editorType", "figma") == "figma")


def _share(part: int | None, whole: int | None) -> float | None:
    return part / whole if whole and part is not None else None
