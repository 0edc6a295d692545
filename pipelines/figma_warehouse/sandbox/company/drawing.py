"""From parts to the nodes of a document, with the tally kept at every stroke."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from figma_warehouse.sandbox.company.blueprints import Change, Component, ComponentSet, Part, Property, Style, Variable
from figma_warehouse.sandbox.truth.tallies import Look, Tally
from figma_warehouse.sandbox.truth.value_names import font_name, value_name

if TYPE_CHECKING:
    from figma_warehouse.sandbox.company.blueprints import JsonPaint

JsonNode = dict[str, Any]
Maps = dict[str, dict[str, JsonNode]]
Value = bool | str | Component

# remote components and styles live in a using file under ids of these sessions, past any that a page uses
REMOTE_COMPONENTS = 20_000
REMOTE_STYLES = 30_000
# the second half of the first id that a drawing gives
FIRST_NUMBER = 2
CONTAINERS = frozenset(
    {"FRAME", "GROUP", "COMPONENT", "COMPONENT_SET", "INSTANCE", "SLOT", "SECTION", "BOOLEAN_OPERATION"}
)
STYLE_SLOTS = ("fill", "stroke", "text", "effect", "grid")
NO_CHANGES: dict[str, Change] = {}
SIDES = {"vertical": "TOP", "horizontal": "LEFT"}
CLEAR = {"r": 0.0, "g": 0.0, "b": 0.0, "a": 0.0}
FULL_ARC = {"startingAngle": 0.0, "endingAngle": 6.2831854820251465, "innerRadius": 0.0}
PLAIN_TEXT = {
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


class DrawingScope(NamedTuple):
    """Where a part is drawn: canvas position, visibility so far, and what it is within."""

    x: float = 0
    y: float = 0
    visible: bool = True
    # the key of the component or set that is being defined
    definition: str = ""
    # the components of the instances around it
    within: frozenset[str] = frozenset()
    # the id of the nearest instance, with the leading I that its layers' ids carry
    instance_id: str = ""
    changes: dict[str, Change] = NO_CHANGES


class Placed(NamedTuple):
    """One instance in a drawing; `component_key` is None where the file's map has no such component."""

    component_key: str | None
    is_nested: bool
    is_in_definition: bool


@dataclass
class Drawing:
    """One block's drawing: `home` is the file it is in (a branch's main file), `imports` that file's number."""

    home: str
    imports: int
    session: int
    tally: Tally = field(default_factory=Tally)
    components: dict[str, Component] = field(default_factory=dict)
    sets: dict[str, ComponentSet] = field(default_factory=dict)
    styles: dict[str, Style] = field(default_factory=dict)
    # every instance drawn, by node id
    instances: dict[str, Placed] = field(default_factory=dict)
    _drawn: int = FIRST_NUMBER - 1

    def draw(self, part: Part, scope: DrawingScope) -> JsonNode:
        """The node of a part with all below it, as JSON values."""
        change = scope.changes.get(part.node_id) if scope.changes else None
        hidden = part.hidden if change is None or change.hidden is None else change.hidden
        visible = scope.visible and not hidden
        node: JsonNode = {"id": self._node_id(part, scope), "name": part.name, "type": part.kind}
        if hidden:
            node["visible"] = False
        node["scrollBehavior"] = "SCROLLS"
        self.tally.place_layer(part.kind, visible)
        # written out: _replace takes a tenth of a drawing
        x, y, _, definition, within, instance_id, changes = scope
        here = DrawingScope(x + part.x, y + part.y, visible, definition, within, instance_id, changes)
        self._furnish(node, part, here)
        self._refer_to_styles(node, part, visible)
        component = (change and change.swap) or part.uses
        if component is not None:
            here = here if part.is_lost else here._replace(within=here.within | {component.key})
            self._draw_instance(node, part, component, here)
        else:
            self._draw_content(node, part, change, here)
        if part.binds:
            node["componentPropertyReferences"] = part.binds
        node.update(part.extra)
        if visible:
            self._show(node, part, here.within)
        return node

    def component_id(self, component: Component | ComponentSet) -> str:
        """The id under which this file's maps know a component or a set."""
        if component.home == self.home:
            return component.node_id
        return f"{REMOTE_COMPONENTS + self.imports}:{100 + component.number}"

    def style_id(self, style: Style) -> str:
        """The id under which this file's map knows a style."""
        return style.node_id if style.home == self.home else f"{REMOTE_STYLES + self.imports}:{10 + style.number}"

    def know(self, component: Component) -> str:
        """Enter a component, and its set, into the file's maps; returns its id there."""
        id_ = self.component_id(component)
        self.components[id_] = component
        if component.owner:
            self.sets[self.component_id(component.owner)] = component.owner
        return id_

    def maps(self) -> Maps:
        """The rows of `components`, `componentSets` and `styles` that this drawing calls for, by id."""
        return {
            "components": {id_: self._component_row(component) for id_, component in self.components.items()},
            "componentSets": {id_: self._set_row(owner) for id_, owner in self.sets.items()},
            "styles": {id_: style_row(style, style.home != self.home) for id_, style in self.styles.items()},
        }

    def _component_row(self, component: Component) -> JsonNode:
        row: JsonNode = {"key": component.key, "name": component.name, "description": component.description}
        row["remote"] = component.home != self.home
        if component.owner:
            row["componentSetId"] = self.component_id(component.owner)
        return {**row, "documentationLinks": []}

    def _set_row(self, owner: ComponentSet) -> JsonNode:
        remote = owner.home != self.home
        return {"key": owner.key, "name": owner.name, "description": owner.description, "remote": remote}

    def _node_id(self, part: Part, scope: DrawingScope) -> str:
        if scope.instance_id:
            return f"{scope.instance_id};{part.node_id}"
        if part.node_id:
            return part.node_id
        self._drawn += 1
        return f"{self.session}:{self._drawn}"

    def _furnish(self, node: JsonNode, part: Part, here: DrawingScope) -> None:
        box = {"x": here.x, "y": here.y, "width": part.width, "height": part.height}
        node["blendMode"] = "PASS_THROUGH"
        node["absoluteBoundingBox"] = box
        node["absoluteRenderBounds"] = box if here.visible else None
        node["constraints"] = SIDES
        node["fills"] = _paints(part.fill, self.home)
        node["strokes"] = _paints(part.stroke, self.home)
        node["strokeWeight"] = 1.0
        node["strokeAlign"] = "INSIDE"
        node["effects"] = part.effect.value if part.effect else []
        if isinstance(part.fill, Variable):
            node["boundVariables"] = {"fills": [variable_alias(part.fill, self.home)]}
        if part.radius:
            node["cornerRadius"] = part.radius
            node["cornerSmoothing"] = 0.0
        if part.kind == "ELLIPSE":
            node["arcData"] = FULL_ARC
        if part.kind in CONTAINERS:
            _furnish_container(node, part)

    def _refer_to_styles(self, node: JsonNode, part: Part, visible: bool) -> None:
        chosen = (part.fill, part.stroke, part.text, part.effect, part.grid)
        for slot, style in zip(STYLE_SLOTS, chosen, strict=True):
            if style is None:
                continue
            if isinstance(style, Variable) and style.home != self.home:
                self.tally.variables[style.key] = f"{style.colour}ff"
            if not isinstance(style, Style):
                continue
            id_ = self.style_id(style)
            self.styles[id_] = style
            node.setdefault("styles", {})[slot] = id_
            self.tally.refer_to_style(style.key, slot, visible)

    def _show(self, node: JsonNode, part: Part, within: frozenset[str]) -> None:
        self.tally.layers[within] += 1
        is_text = part.kind == "TEXT"
        for role, chosen in (("fill", part.fill), ("stroke", part.stroke)):
            style = chosen.key if isinstance(chosen, Style) else ""
            for value, has_variable in filter(None, map(_seen_color, node[f"{role}s"])):
                self.tally.looks[Look(role, value, style, has_variable, is_text, within)] += 1
        if is_text:
            style = part.text.key if part.text else ""
            self.tally.looks[Look("text", font_name(node["style"]), style, False, True, within)] += 1

    def _draw_content(self, node: JsonNode, part: Part, change: Change | None, here: DrawingScope) -> None:
        if part.defines is not None:
            self._define(node, part.defines)
            here = here._replace(definition=part.defines.key)
        if part.kind == "TEXT":
            changed = change.characters if change else None
            _furnish_text(node, part, part.characters if changed is None else changed)
        if part.kind in CONTAINERS or part.children:
            node["children"] = [self.draw(child, here) for child in part.children]

    def _draw_instance(self, node: JsonNode, part: Part, component: Component, here: DrawingScope) -> None:
        id_ = str(node["id"])
        node["componentId"] = self.component_id(component) if part.is_lost else self.know(component)
        nested = bool(here.instance_id)
        self.instances[id_] = Placed(None if part.is_lost else component.key, nested, bool(here.definition))
        self.tally.place_instance("" if part.is_lost else component.key, here.visible, here.definition, nested)
        changes = part.changes if component is part.uses else NO_CHANGES
        given = _property_values(component, changes)
        if component.owner and not here.definition:
            for name, (kind, value) in given.items():
                self.tally.give_value((component.key, name, kind, value_name(value)), here.visible, nested)
        node["componentProperties"] = {name: self._property_value(*values) for name, values in given.items()}
        node["overrides"] = _overrides(id_, changes)
        inside = id_ if id_.startswith("I") else f"I{id_}"
        scope = here._replace(instance_id=inside, changes=changes)
        node["children"] = [self.draw(child, scope) for child in component.root.children]

    def _define(self, node: JsonNode, defined: Component | ComponentSet) -> None:
        if isinstance(defined, Component):
            self.know(defined)
            self.tally.definitions.add(defined.key)
            definitions = {} if defined.owner else self._definitions(defined.properties)
        else:
            self.sets[defined.node_id] = defined
            definitions = {
                name: {"type": "VARIANT", "defaultValue": values[0], "variantOptions": values}
                for name, values in defined.options.items()
            } | self._definitions(defined.properties)
        if definitions or isinstance(defined, ComponentSet):
            node["componentPropertyDefinitions"] = definitions

    def _definitions(self, properties: list[Property]) -> JsonNode:
        return {property_.name: self._definition(property_) for property_ in properties}

    def _definition(self, property_: Property) -> JsonNode:
        if not isinstance(property_.default, Component):
            return {"type": property_.type, "defaultValue": property_.default}
        preferred = [{"type": "COMPONENT", "key": property_.default.key}]
        return {"type": property_.type, "defaultValue": self.know(property_.default), "preferredValues": preferred}

    def _property_value(self, kind: str, value: Value) -> JsonNode:
        return {"type": kind, "value": self.know(value) if isinstance(value, Component) else value}


def style_row(style: Style, remote: bool) -> JsonNode:
    """A style as a document's map shows it."""
    shown = {"key": style.key, "name": style.name, "styleType": style.kind}
    return {**shown, "remote": remote, "description": style.description}


def variable_alias(variable: Variable, home: str) -> JsonNode:
    """A reference to a variable: a remote one carries its key."""
    id_ = f"VariableID:{variable.id}" if variable.home == home else f"VariableID:{variable.key}/{variable.id}"
    return {"type": "VARIABLE_ALIAS", "id": id_}


@cache
def colour(hex_code: str) -> dict[str, float]:
    """RGBA in 0..1 from #rrggbb."""
    red, green, blue = (int(hex_code[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return {"r": red, "g": green, "b": blue, "a": 1.0}


@cache
def solid(hex_code: str) -> JsonNode:
    """A solid paint."""
    return {"blendMode": "NORMAL", "type": "SOLID", "color": colour(hex_code)}


def _paints(paint: JsonPaint | None, home: str) -> list[JsonNode]:
    if paint is None:
        return []
    if isinstance(paint, str):
        return [solid(paint)]
    if isinstance(paint, Variable):
        return [{**solid(paint.colour), "boundVariables": {"color": variable_alias(paint, home)}}]
    return [solid(paint.value)]


def _furnish_container(node: JsonNode, part: Part) -> None:
    if part.kind == "SECTION":
        node["sectionContentsHidden"] = False
        return
    node["clipsContent"] = part.kind == "FRAME"
    node["background"] = node["fills"]
    node["backgroundColor"] = CLEAR
    if part.layout:
        node["layoutMode"] = part.layout
        node["itemSpacing"] = part.gap
        node["primaryAxisAlignItems"] = "MIN"
        node["counterAxisAlignItems"] = "CENTER"
        node["layoutSizingHorizontal"] = node["layoutSizingVertical"] = "HUG"
        if part.padding:
            node.update(dict.fromkeys(("paddingLeft", "paddingRight", "paddingTop", "paddingBottom"), part.padding))


def _furnish_text(node: JsonNode, part: Part, characters: str) -> None:
    node["characters"] = characters
    node["style"] = part.text.value if part.text else PLAIN_TEXT
    node["layoutVersion"] = 4
    node["characterStyleOverrides"] = []
    node["styleOverrideTable"] = {}
    node["lineTypes"] = ["NONE"]
    node["lineIndentations"] = [0]


def _overrides(instance_id: str, changes: dict[str, Change]) -> list[JsonNode]:
    inside = instance_id if instance_id.startswith("I") else f"I{instance_id}"
    return [{"id": f"{inside};{id_}", "overriddenFields": _fields(change)} for id_, change in changes.items()]


def _fields(change: Change) -> list[str]:
    named = {"visible": change.hidden, "characters": change.characters, "componentId": change.swap}
    return [name for name, value in named.items() if value is not None]


def _seen_color(paint: JsonNode) -> tuple[str, bool] | None:
    """The color of a solid paint with its opacity in it, and whether a variable gives it; None where none shows."""
    if paint["type"] != "SOLID" or not paint.get("visible", True):
        return None
    color = paint["color"]
    return _hex_code(color["r"], color["g"], color["b"], paint.get("opacity", 1)), "boundVariables" in paint


@cache
def _hex_code(red: float, green: float, blue: float, opacity: float) -> str:
    color = "".join(f"{round(255 * channel):02x}" for channel in (red, green, blue))
    return f"#{color}{math.floor(255 * opacity + 0.5):02x}"


def _property_values(component: Component, changes: dict[str, Change]) -> dict[str, tuple[str, Value]]:
    values: dict[str, tuple[str, Value]] = {name: ("VARIANT", value) for name, value in component.values.items()}
    properties = component.owner.properties if component.owner else component.properties
    changed = _changed_properties(component.root, changes) if changes else {}
    return values | {each.name: (each.type, changed.get(each.name, each.default)) for each in properties}


def _changed_properties(root: Part, changes: dict[str, Change]) -> dict[str, Value]:
    changed: dict[str, Value] = {}
    for part in root.children:
        change = changes.get(part.node_id)
        if change:
            changed |= _property_changes(part, change)
        if part.uses is None:
            changed |= _changed_properties(part, changes)
    return changed


def _property_changes(part: Part, change: Change) -> dict[str, Value]:
    changed: dict[str, Value] = {}
    if change.hidden is not None and "visible" in part.binds:
        changed[part.binds["visible"]] = not change.hidden
    if change.characters is not None and "characters" in part.binds:
        changed[part.binds["characters"]] = change.characters
    if change.swap is not None and "mainComponent" in part.binds:
        changed[part.binds["mainComponent"]] = change.swap
    return changed
