"""Layers as the JSON nodes of a document, counted while they are written."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from figma_warehouse.sandbox.company.layers import (
    Component,
    ComponentSet,
    Layer,
    LayerOverride,
    SampleProperty,
    Style,
    Variable,
    font_text,
    value_text,
)
from figma_warehouse.sandbox.truth.peer_truth import peer_checks
from figma_warehouse.sandbox.truth.tallies import (
    BoundVariable,
    DefinedComponent,
    PlacedInstance,
    StatusForDev,
    Tally,
    VisibleSlot,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from figma_warehouse.sandbox.company.layers import Paint

JsonNode = dict[str, Any]
Maps = dict[str, dict[str, JsonNode]]
Value = bool | str | Component

# the first halves of the ids of remote components and styles: no layer has them
REMOTE_COMPONENTS = 20_000
REMOTE_STYLES = 30_000
# the second half of the id of a top-level layer
FIRST_NUMBER = 2
CONTAINERS = frozenset(
    {"FRAME", "GROUP", "COMPONENT", "COMPONENT_SET", "INSTANCE", "SLOT", "SECTION", "BOOLEAN_OPERATION"}
)
PADDINGS = ("paddingLeft", "paddingRight", "paddingTop", "paddingBottom")
CORNERS = ("TOP_LEFT", "TOP_RIGHT", "BOTTOM_RIGHT", "BOTTOM_LEFT")
STYLE_SLOTS = ("fill", "stroke", "text", "effect", "grid")
NO_OVERRIDES: dict[str, LayerOverride] = {}
SIDES = {"vertical": "TOP", "horizontal": "LEFT"}
TRANSPARENT = {"r": 0.0, "g": 0.0, "b": 0.0, "a": 0.0}
FULL_ARC = {"startingAngle": 0.0, "endingAngle": 6.2831854820251465, "innerRadius": 0.0}
DEFAULT_TEXT_STYLE = {
    "fontFamily": "Inter",
    "fontPostScriptName": "Inter-Regular",
    "fontStyle": "Regular",
    "fontWeight": 400,
    "textAutoResize": "WIDTH_AND_HEIGHT",
    "fontSize": 15.0,
    "textAlignHorizontal": "LEFT",
    "textAlignVertical": "TOP",
    "letterSpacing": 0.0,
    "lineHeightPx": 20.0,
    "lineHeightPercent": 100.0,
    "lineHeightUnit": "PIXELS",
}


class LayerContext(NamedTuple):
    """What a layer inherits: position on the canvas, visibility, and the definition and the instances it is in."""

    x: float = 0
    y: float = 0
    is_visible: bool = True
    # the component or set that is being defined
    definition_key: str = ""
    # the components of the instances around it
    component_keys: frozenset[str] = frozenset()
    # the nearest instance, with the leading I of the ids of its layers
    instance_id: str = ""
    overrides: dict[str, LayerOverride] = NO_OVERRIDES


@dataclass
class LayerWriter:
    """Writes one top-level layer, and collects its counts and what the file's maps must hold.

    `file_key` is the file, of a branch its main file. `import_number` makes the ids of what the file imports.
    """

    file_key: str
    import_number: int
    session_id: int
    tally: Tally = field(default_factory=Tally)
    components: dict[str, Component] = field(default_factory=dict)
    sets: dict[str, ComponentSet] = field(default_factory=dict)
    styles: dict[str, Style] = field(default_factory=dict)
    # ids of the components and sets that are defined here
    defined: set[str] = field(default_factory=set)
    # by node id
    instances: dict[str, PlacedInstance] = field(default_factory=dict)
    _last_number: int = FIRST_NUMBER - 1

    def write_layer(self, layer: Layer, context: LayerContext) -> JsonNode:
        """The node of a layer with all below it, as JSON values."""
        override = context.overrides.get(layer.node_id) if context.overrides else None
        is_hidden = layer.is_hidden if override is None or override.is_hidden is None else override.is_hidden
        is_visible = context.is_visible and not is_hidden
        node: JsonNode = {"id": self._node_id(layer, context), "name": layer.name, "type": layer.type}
        if is_hidden:
            node["visible"] = False
        node["scrollBehavior"] = "SCROLLS"
        self.tally.count_node(layer.type, is_visible, is_hidden, is_in_instance=bool(context.instance_id))
        # not _replace, which would take a tenth of the time
        x, y, _, definition_key, component_keys, instance_id, overrides = context
        inner = LayerContext(
            x + layer.x, y + layer.y, is_visible, definition_key, component_keys, instance_id, overrides
        )
        self._write_appearance(node, layer, inner)
        self._write_styles(node, layer, is_visible)
        component = (override and override.swap) or layer.main_component
        if component is not None:
            inner = (
                inner if layer.is_unmapped else inner._replace(component_keys=inner.component_keys | {component.key})
            )
            self._write_instance(node, layer, component, inner)
        else:
            self._write_content(node, layer, override, inner)
        if layer.property_references:
            node["componentPropertyReferences"] = layer.property_references
        node.update(layer.extra_fields)
        if status := layer.extra_fields.get("devStatus"):
            self.tally.dev_statuses[node["id"]] = StatusForDev(layer.name, layer.type, status["type"], is_visible)
        if bound := self._bound_variables(layer):
            self.tally.count_bindings(bound, is_visible)
        if is_visible:
            self._count_slots(node, layer, inner.component_keys)
        return node

    def component_id(self, component: Component | ComponentSet) -> str:
        """The id of a component or a set in this file's maps."""
        if component.file_key == self.file_key:
            return component.node_id
        return f"{REMOTE_COMPONENTS + self.import_number}:{100 + component.number}"

    def style_id(self, style: Style) -> str:
        """The id of a style in this file's map."""
        return (
            style.node_id
            if style.file_key == self.file_key
            else f"{REMOTE_STYLES + self.import_number}:{10 + style.number}"
        )

    def add_to_maps(self, component: Component) -> str:
        """Add a component and its set to the file's maps. Returns the id of the component there."""
        id_ = self.component_id(component)
        self.components[id_] = component
        if component.component_set:
            self.sets[self.component_id(component.component_set)] = component.component_set
        return id_

    def maps(self) -> Maps:
        """The entries of `components`, `componentSets` and `styles` that the layer needs, by id."""
        return {
            "components": {id_: self._component_row(component) for id_, component in self.components.items()},
            "componentSets": {id_: self._set_row(component_set) for id_, component_set in self.sets.items()},
            "styles": {id_: style_row(style, style.file_key != self.file_key) for id_, style in self.styles.items()},
        }

    def _component_row(self, component: Component) -> JsonNode:
        row: JsonNode = {"key": component.key, "name": component.name, "description": component.description}
        row["remote"] = component.file_key != self.file_key
        if component.component_set:
            row["componentSetId"] = self.component_id(component.component_set)
        return {**row, "documentationLinks": _documentation_links(component)}

    def _set_row(self, component_set: ComponentSet) -> JsonNode:
        is_remote = component_set.file_key != self.file_key
        links = _documentation_links(component_set)
        return {
            "key": component_set.key,
            "name": component_set.name,
            "description": component_set.description,
            "remote": is_remote,
            **({"documentationLinks": links} if links else {}),
        }

    def _node_id(self, layer: Layer, context: LayerContext) -> str:
        if context.instance_id:
            return f"{context.instance_id};{layer.node_id}"
        if layer.node_id:
            return layer.node_id
        self._last_number += 1
        return f"{self.session_id}:{self._last_number}"

    def _write_appearance(self, node: JsonNode, layer: Layer, inner: LayerContext) -> None:
        box = {"x": inner.x, "y": inner.y, "width": layer.width, "height": layer.height}
        node["blendMode"] = "PASS_THROUGH"
        node["absoluteBoundingBox"] = box
        node["absoluteRenderBounds"] = box if inner.is_visible else None
        node["constraints"] = SIDES
        node["fills"] = _paints(layer.fill, self.file_key)
        node["strokes"] = _paints(layer.stroke, self.file_key)
        node["strokeWeight"] = 1.0
        node["strokeAlign"] = "INSIDE"
        node["effects"] = layer.effect_style.value if layer.effect_style else []
        if isinstance(layer.fill, Variable):
            node["boundVariables"] = {"fills": [variable_alias(layer.fill, self.file_key)]}
        if layer.radius:
            node["cornerRadius"] = layer.radius
            node["cornerSmoothing"] = 0.0
        if layer.type == "ELLIPSE":
            node["arcData"] = FULL_ARC
        if layer.type in CONTAINERS:
            _write_container(node, layer)

    def _write_styles(self, node: JsonNode, layer: Layer, is_visible: bool) -> None:
        paint = (layer.fill, layer.stroke, layer.text_style, layer.effect_style, layer.grid_style)
        for slot, style in zip(STYLE_SLOTS, paint, strict=True):
            if style is None:
                continue
            if isinstance(style, Variable) and style.file_key != self.file_key:
                self.tally.variables[style.key] = f"{style.color}ff"
            if not isinstance(style, Style):
                continue
            id_ = self.style_id(style)
            self.styles[id_] = style
            node.setdefault("styles", {})[slot] = id_
            self.tally.count_style(style.key, slot, is_visible)

    def _bound_variables(self, layer: Layer) -> list[tuple[BoundVariable, str]]:
        """The variable and the slot kind of each property that a variable gives."""
        bound = [
            (_bound_variable(variable_alias(paint, self.file_key)), slot_kind)
            for slot_kind, paint in (("fill", layer.fill), ("stroke", layer.stroke))
            if isinstance(paint, Variable)
        ]
        for name, alias in layer.extra_fields.get("boundVariables", {}).items():
            slot_kind = "spacing" if name in (*PADDINGS, "itemSpacing") else "radius"
            aliases = alias.values() if name == "rectangleCornerRadii" else [alias]
            bound += [(_bound_variable(one), slot_kind) for one in aliases]
        return bound

    def _count_slots(self, node: JsonNode, layer: Layer, component_keys: frozenset[str]) -> None:
        self.tally.layers[component_keys] += 1
        is_text = layer.type == "TEXT"
        for role, paint in (("fill", layer.fill), ("stroke", layer.stroke)):
            style = paint.key if isinstance(paint, Style) else ""
            for value, has_variable in filter(None, map(_visible_color, node[f"{role}s"])):
                self.tally.slots[VisibleSlot(role, value, style, has_variable, is_text, component_keys)] += 1
        if is_text:
            self._count_fonts(node["style"], layer, component_keys)
        effect_style = layer.effect_style.key if layer.effect_style else ""
        for kind, value, alias in _other_slots(node):
            style = effect_style if kind == "effect" else ""
            key = _bound_variable(alias).key if alias else ""
            slot = VisibleSlot(kind, value, style, alias is not None, is_text, component_keys, key)
            self.tally.other_slots[slot] += 1
        stroke_style = layer.stroke.key if isinstance(layer.stroke, Style) else ""
        for check in peer_checks(node, stroke_style):
            self.tally.peer_checks[check, component_keys] += 1

    def _count_fonts(self, base: JsonNode, layer: Layer, component_keys: frozenset[str]) -> None:
        """Count the fonts that a text shows. A part with a font of its own has no style, so the slot is unbound."""
        style = layer.text_style.key if layer.text_style else ""
        fonts = [(font_text(base), style)]
        for part in layer.extra_fields.get("styleOverrideTable", {}).values():
            fonts.insert(0, (font_text(base | part), ""))
        for role, (value, key) in zip(("text", *["text_part"] * len(fonts)), dict.fromkeys(fonts), strict=False):
            self.tally.slots[VisibleSlot(role, value, key, False, True, component_keys)] += 1

    def _write_content(self, node: JsonNode, layer: Layer, override: LayerOverride | None, inner: LayerContext) -> None:
        if layer.definition is not None:
            self._write_definition(node, layer.definition)
            inner = inner._replace(definition_key=layer.definition.key)
        if layer.type == "TEXT":
            overridden = override.characters if override else None
            _write_text(node, layer, layer.characters if overridden is None else overridden)
        if layer.type in CONTAINERS or layer.children:
            before = self.tally.nodes
            node["children"] = [self.write_layer(child, inner) for child in layer.children]
            if isinstance(layer.definition, ComponentSet):
                self.tally.sets[layer.definition.key] = (len(layer.children), self.tally.nodes - before)

    def _write_instance(self, node: JsonNode, layer: Layer, component: Component, inner: LayerContext) -> None:
        id_ = str(node["id"])
        node["componentId"] = self.component_id(component) if layer.is_unmapped else self.add_to_maps(component)
        is_nested = bool(inner.instance_id)
        self.instances[id_] = PlacedInstance(
            None if layer.is_unmapped else component.key, is_nested, bool(inner.definition_key)
        )
        self.tally.count_instance(
            "" if layer.is_unmapped else component.key, inner.is_visible, inner.definition_key, is_nested
        )
        overrides = layer.overrides if component is layer.main_component else NO_OVERRIDES
        values = _property_values(component, overrides)
        if component.component_set and not inner.definition_key:
            for name, (type_, value) in values.items():
                self.tally.count_property((component.key, name, type_, value_text(value)), inner.is_visible, is_nested)
        node["componentProperties"] = {name: self._property_value(*values) for name, values in values.items()}
        node["overrides"] = _overrides(id_, overrides)
        if inner.is_visible and not (is_nested or inner.definition_key or layer.is_unmapped):
            self.tally.count_overrides(
                component.key, {*chain.from_iterable(map(_overridden_fields, overrides.values()))}
            )
        prefix = id_ if id_.startswith("I") else f"I{id_}"
        context = inner._replace(instance_id=prefix, overrides=overrides)
        before = self.tally.nodes
        node["children"] = [self.write_layer(child, context) for child in component.root.children]
        if not layer.is_unmapped and not inner.definition_key:
            self.tally.instance_sizes[component.key, 1 + self.tally.nodes - before] += 1

    def _write_definition(self, node: JsonNode, component: Component | ComponentSet) -> None:
        self.defined.add(component.node_id)
        if isinstance(component, Component):
            self.add_to_maps(component)
            self.tally.definitions.add(component.key)
            shape = tuple(_own_layers(component.root))
            self.tally.defined_components[component.node_id] = DefinedComponent(component.key, component.name, shape)
            property_definitions = {} if component.component_set else self._property_definitions(component.properties)
        else:
            self.sets[component.node_id] = component
            property_definitions = {
                name: {"type": "VARIANT", "defaultValue": values[0], "variantOptions": values}
                for name, values in component.variant_options.items()
            } | self._property_definitions(component.properties)
        if property_definitions or isinstance(component, ComponentSet):
            node["componentPropertyDefinitions"] = property_definitions

    def _property_definitions(self, properties: list[SampleProperty]) -> JsonNode:
        return {property_.name: self._property_definition(property_) for property_ in properties}

    def _property_definition(self, property_: SampleProperty) -> JsonNode:
        if not isinstance(property_.default, Component):
            return {"type": property_.type, "defaultValue": property_.default}
        preferred = [{"type": "COMPONENT", "key": property_.default.key}]
        return {
            "type": property_.type,
            "defaultValue": self.add_to_maps(property_.default),
            "preferredValues": preferred,
        }

    def _property_value(self, type_: str, value: Value) -> JsonNode:
        return {"type": type_, "value": self.add_to_maps(value) if isinstance(value, Component) else value}


def _documentation_links(item: Component | ComponentSet) -> list[JsonNode]:
    return [{"uri": item.documentation_url}] if item.documentation_url else []


def _own_layers(layer: Layer, depth: int = 1) -> Iterator[tuple[int, str, str]]:
    """Yield depth, type and name of the layers in a definition, but not of those that instances bring."""
    for child in layer.children:
        yield depth, child.type, child.name
        if child.main_component is None:
            yield from _own_layers(child, depth + 1)


def style_row(style: Style, is_remote: bool) -> JsonNode:
    """A style's entry in the map of a document."""
    row = {"key": style.key, "name": style.name, "styleType": style.type}
    return {**row, "remote": is_remote, "description": style.description}


def variable_alias(variable: Variable, file_key: str) -> JsonNode:
    """A reference to a variable. A remote one carries its key."""
    id_ = f"VariableID:{variable.id}" if variable.file_key == file_key else f"VariableID:{variable.key}/{variable.id}"
    return {"type": "VARIABLE_ALIAS", "id": id_}


def _bound_variable(alias: JsonNode) -> BoundVariable:
    key, _, id_ = alias["id"].removeprefix("VariableID:").rpartition("/")
    return BoundVariable(key, id_)


@cache
def color(hex_code: str) -> dict[str, float]:
    """RGBA in 0..1 from #rrggbb."""
    red, green, blue = (int(hex_code[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return {"r": red, "g": green, "b": blue, "a": 1.0}


@cache
def solid(hex_code: str) -> JsonNode:
    """A solid paint."""
    return {"blendMode": "NORMAL", "type": "SOLID", "color": color(hex_code)}


def _paints(paint: Paint | None, file_key: str) -> list[JsonNode]:
    if paint is None:
        return []
    if isinstance(paint, str):
        return [solid(paint)]
    if isinstance(paint, Variable):
        return [{**solid(paint.color), "boundVariables": {"color": variable_alias(paint, file_key)}}]
    return [solid(paint.value)]


def _write_container(node: JsonNode, layer: Layer) -> None:
    if layer.type == "SECTION":
        node["sectionContentsHidden"] = False
        return
    node["clipsContent"] = layer.type == "FRAME"
    node["background"] = node["fills"]
    node["backgroundColor"] = TRANSPARENT
    if layer.layout:
        node["layoutMode"] = layer.layout
        node["itemSpacing"] = layer.gap
        node["primaryAxisAlignItems"] = "MIN"
        node["counterAxisAlignItems"] = "CENTER"
        node["layoutSizingHorizontal"] = node["layoutSizingVertical"] = "HUG"
        if layer.padding:
            node.update(dict.fromkeys(PADDINGS, layer.padding))


def _write_text(node: JsonNode, layer: Layer, characters: str) -> None:
    node["characters"] = characters
    node["style"] = layer.text_style.value if layer.text_style else DEFAULT_TEXT_STYLE
    node["layoutVersion"] = 4
    node["characterStyleOverrides"] = []
    node["styleOverrideTable"] = {}
    node["lineTypes"] = ["NONE"]
    node["lineIndentations"] = [0]


def _overrides(instance_id: str, overrides: dict[str, LayerOverride]) -> list[JsonNode]:
    prefix = instance_id if instance_id.startswith("I") else f"I{instance_id}"
    return [
        {"id": f"{prefix};{id_}", "overriddenFields": _overridden_fields(override)}
        for id_, override in overrides.items()
    ]


def _overridden_fields(override: LayerOverride) -> list[str]:
    values_by_field = {"visible": override.is_hidden, "characters": override.characters, "componentId": override.swap}
    return [name for name, value in values_by_field.items() if value is not None]


def _visible_color(paint: JsonNode) -> tuple[str, bool] | None:
    """The color of a solid paint with its opacity, and whether a variable sets it; None if it shows none."""
    if paint["type"] != "SOLID" or not paint.get("visible", True):
        return None
    color = paint["color"]
    return _hex_code(color["r"], color["g"], color["b"], paint.get("opacity", 1)), "boundVariables" in paint


def _other_slots(node: JsonNode) -> Iterator[tuple[str, str, JsonNode | None]]:
    """Yield kind, value and variable of each slot that is neither a paint nor a font."""
    bound = node.get("boundVariables", {})
    radii = node.get("rectangleCornerRadii", [node.get("cornerRadius", 0)] * len(CORNERS))
    by_corner = bound.get("rectangleCornerRadii", {})
    for corner, radius in zip(CORNERS, radii if node["type"] != "VECTOR" else radii[:1], strict=False):
        if radius:
            vertical, horizontal = corner.lower().split("_")
            named = bound.get(f"{vertical}{horizontal.title()}Radius")
            yield "radius", f"{radius:g}", by_corner.get(f"RECTANGLE_{corner}_CORNER_RADIUS", named)
    shown = [child for child in node.get("children", ()) if child.get("visible", True)]
    for name in (*(PADDINGS if shown else ()), *(("itemSpacing",) if len(shown) > 1 else ())):
        if "layoutMode" in node and node.get(name):
            yield "spacing", f"{node[name]:g}", bound.get(name)
    if any(paint.get("visible", True) for paint in node["strokes"]):
        yield "stroke_weight", f"{node['strokeWeight']:g}", None
    effects = ", ".join(map(_effect_text, node["effects"]))
    yield from (("effect", effects, None) for _ in node["effects"])
    if node.get("opacity", 1) != 1:
        yield "opacity", f"{node['opacity']:g}", None


def _effect_text(effect: JsonNode) -> str:
    """The type of an effect with its offset, radius, spread and color, if it has them."""
    parts = [effect["type"], *(f"{effect['offset'][axis]:g}" for axis in "xy" if "offset" in effect)]
    parts.append(f"{effect['radius']:g}")
    if "color" in effect:
        tint = effect["color"]
        parts += [f"{effect.get('spread', 0):g}", _hex_code(tint["r"], tint["g"], tint["b"], tint["a"])]
    return " ".join(parts)


@cache
def _hex_code(red: float, green: float, blue: float, opacity: float) -> str:
    color = "".join(f"{round(255 * channel):02x}" for channel in (red, green, blue))
    return f"#{color}{math.floor(255 * opacity + 0.5):02x}"


def _property_values(component: Component, overrides: dict[str, LayerOverride]) -> dict[str, tuple[str, Value]]:
    values: dict[str, tuple[str, Value]] = {
        name: ("VARIANT", value) for name, value in component.variant_values.items()
    }
    properties = component.component_set.properties if component.component_set else component.properties
    overridden = _overridden_properties(component.root, overrides) if overrides else {}
    return values | {each.name: (each.type, overridden.get(each.name, each.default)) for each in properties}


def _overridden_properties(root: Layer, overrides: dict[str, LayerOverride]) -> dict[str, Value]:
    overridden: dict[str, Value] = {}
    for layer in root.children:
        override = overrides.get(layer.node_id)
        if override:
            overridden |= _property_overrides(layer, override)
        if layer.main_component is None:
            overridden |= _overridden_properties(layer, overrides)
    return overridden


def _property_overrides(layer: Layer, override: LayerOverride) -> dict[str, Value]:
    overridden: dict[str, Value] = {}
    if override.is_hidden is not None and "visible" in layer.property_references:
        overridden[layer.property_references["visible"]] = not override.is_hidden
    if override.characters is not None and "characters" in layer.property_references:
        overridden[layer.property_references["characters"]] = override.characters
    if override.swap is not None and "mainComponent" in layer.property_references:
        overridden[layer.property_references["mainComponent"]] = override.swap
    return overridden
