"""Templates of what designers put on pages. Each generates layers from assets, a seed and a number of nodes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from figma_warehouse.sandbox.company import sample_names
from figma_warehouse.sandbox.company.design_system import COLORS
from figma_warehouse.sandbox.company.layer_json import PADDINGS, color, solid, variable_alias
from figma_warehouse.sandbox.company.layers import (
    Component,
    ComponentSet,
    Layer,
    LayerOverride,
    count_nodes,
    make_frame,
    make_instance,
    make_text,
    seeded_random,
    stack_children,
)
from figma_warehouse.sandbox.company.other_libraries import make_community_component

if TYPE_CHECKING:
    import random

    from figma_warehouse.sandbox.company.layers import Paint, Style, Variable


GRADIENT = {
    "blendMode": "NORMAL",
    "type": "GRADIENT_LINEAR",
    "gradientHandlePositions": [{"x": 0.0, "y": 0.0}, {"x": 1.0, "y": 0.0}, {"x": 0.0, "y": 1.0}],
    "gradientStops": [{"position": 0.0, "color": color("#3354f4")}, {"position": 1.0, "color": color("#7b3f98")}],
}
# what a designer may set by hand, or for the layers inside
STICKY_HEADER: dict[str, Any] = {
    "scrollBehavior": "FIXED",
    "isFixed": True,
    "clipsContent": False,
    "minWidth": 120.0,
    "maxWidth": 320.0,
    "rectangleCornerRadii": [8.0, 8.0, 0.0, 0.0],
    "effects": [
        {"type": "BACKGROUND_BLUR", "visible": True, "radius": 12.0},
        {
            "type": "DROP_SHADOW",
            "visible": True,
            "radius": 3.0,
            "offset": {"x": 0.0, "y": 1.0},
            "color": {"r": 0.0, "g": 0.0, "b": 0.0, "a": 0.2},
            "blendMode": "NORMAL",
        },
    ],
    "explicitVariableModes": {"VariableCollectionId:1:2": "1:1"},
}
ROUNDED_CORNERS = ("topLeftRadius", "topRightRadius", "bottomRightRadius", "bottomLeftRadius")
SECTION_STATUSES = ("READY_FOR_DEV", "COMPLETED", "", "")
EXPORT = {"suffix": "@2x", "format": "PNG", "constraint": {"type": "SCALE", "value": 2.0}}


@dataclass(frozen=True, eq=False)
class AvailableAssets:
    """What a designer can use in one file at one moment, as in Figma's assets panel.

    `file_key` is the file, of a branch its main file. `import_number` makes the ids of what the file imports.
    `family_weights` says how popular each family is. `definition` is for the template of that name.
    With `binds_whole_layers`, a variable may give all paddings and the gap of a layer, or all its corners.
    """

    file_key: str
    import_number: int
    families: list[list[Component]] = field(default_factory=list)
    family_weights: list[int] = field(default_factory=list)
    icons: list[Component] = field(default_factory=list)
    local_components: list[Component] = field(default_factory=list)
    color_styles: list[Style] = field(default_factory=list)
    text_styles: list[Style] = field(default_factory=list)
    effect_styles: list[Style] = field(default_factory=list)
    color_variables: list[Variable] = field(default_factory=list)
    spacing_variables: list[Variable] = field(default_factory=list)
    definition: Component | ComponentSet | None = None
    binds_whole_layers: bool = False


Template = Callable[[AvailableAssets, str, int], Layer]
LayerMaker = Callable[[AvailableAssets, "random.Random"], Layer]


def screen(assets: AvailableAssets, seed: str, node_count: int) -> Layer:
    """A screen of exactly `node_count` nodes: rows of instances, texts and shapes."""
    rng = seeded_random(seed)
    root = make_frame(
        rng.choice(sample_names.SCREENS), 390, 844, layout="VERTICAL", gap=16, fill=_choose_fill(assets, rng)
    )
    root.extra_fields = {"devStatus": {"type": "READY_FOR_DEV"}} if rng.random() < 0.15 else {}
    remaining = node_count - 1
    while remaining > 0:
        row = _make_row(assets, rng, min(remaining, rng.randint(6, 40)))
        root.children.append(row)
        remaining -= count_nodes(row)
    return stack_children(root)


def section(assets: AvailableAssets, seed: str, node_count: int) -> Layer:
    """A SECTION of exactly `node_count` nodes, with screens side by side."""
    rng = seeded_random(seed, "section")
    root = Layer("SECTION", f"{rng.choice(sample_names.FRAME_NAMES)} flow", 2000, 1000, fill="#ffffff")
    if status := seeded_random(seed, "dev status").choice(SECTION_STATUSES):
        root.extra_fields = {"devStatus": {"type": status}}
    remaining, index = node_count - 1, 0
    while remaining > 0:
        size = remaining if remaining < 60 else rng.randint(30, remaining - 20)
        root.children.append(screen(assets, f"{seed}/{index}", size))
        remaining, index = remaining - size, index + 1
    for index, child in enumerate(root.children):
        child.x, child.y = 40 + 430 * index, 40
    return root


def definition(assets: AvailableAssets, seed: str, node_count: int) -> Layer:  # noqa: ARG001
    """The definition of a component or a set, whatever its size."""
    if assets.definition is None:
        raise ValueError("a definition needs something to define")
    return assets.definition.root


def odd_layers(assets: AvailableAssets, seed: str, node_count: int) -> Layer:  # noqa: ARG001
    """Layers that programs may stumble over: slots, unknown types, detached copies, unmapped components, odd names."""
    rng = seeded_random(seed, "odd")
    slot = Layer("SLOT", "Slot", 200, 60, [make_text("Slot content", "Anything goes", None, "#444444")])
    slot.extra_fields = STICKY_HEADER
    layers = [
        slot,
        Layer("HOLOGRAM", "A type of the future", 80, 80, [make_text("Inside", "Not to be lost", None, "#444444")]),
        Layer("GROUP", "Sketch", 120, 120, [_make_vector(rng) for _ in range(4)]),
        _make_detached_copy(assets, rng),
        make_frame(
            '=HYPERLINK("https://example.com","Click")',
            200,
            40,
            make_text("<b>Bold</b>", "a,b;\"c\"\n'd'", None, "#000000"),
        ),
        make_frame("隠しレイヤー 🙈", 200, 80, *[_make_instance(assets, rng) for _ in range(2)], is_hidden=True),
        _make_mixed_text(assets, rng),
    ]
    if assets.families:
        unmapped = make_instance(_choose_component(assets, rng))
        unmapped.is_unmapped, unmapped.main_component = True, _make_forgotten_component(rng)
        layers += [unmapped, make_instance(make_community_component())]
    return make_frame("Leftovers", 600, 900, *layers, layout="VERTICAL", gap=16)


def figjam_board(assets: AvailableAssets, seed: str, node_count: int) -> Layer:  # noqa: ARG001
    """A FigJam section of exactly `node_count` nodes: stickies, shapes and connectors."""
    rng = seeded_random(seed, "board")
    root = Layer("SECTION", rng.choice(sample_names.FRAME_NAMES), 1600, 900, fill="#ffe8a3")
    for index in range(node_count - 1):
        root.children.append(
            (_make_sticky, _make_shape_with_text, _make_sticky, _make_connector)[index % 4](rng, index)
        )
    return root


def usage_examples(assets: AvailableAssets, seed: str, node_count: int) -> Layer:
    """A part of a library's guidelines: instances of its own components, at most `node_count` nodes."""
    rng = seeded_random(seed, "showcase")
    root = make_frame(
        "Usage", 800, 600, make_text("Title", "How to use it", *_choose_text_style(assets, rng)), layout="VERTICAL"
    )
    while True:
        layer = _make_instance(assets, rng)
        if count_nodes(root) + count_nodes(layer) > node_count:
            return stack_children(root)
        root.children.append(layer)


def style_samples(assets: AvailableAssets, seed: str, node_count: int) -> Layer:  # noqa: ARG001
    """One layer per style, except for the last color and the last effect: these two are used nowhere."""
    fills = [Layer("RECTANGLE", style.name, 80, 80, fill=style) for style in assets.color_styles[:-1]]
    texts = [make_text(style.name, "The quick brown fox", style, "#14161f") for style in assets.text_styles]
    effects = [
        Layer("RECTANGLE", style.name, 80, 80, effect_style=style, fill="#ffffff")
        for style in assets.effect_styles[:-1]
    ]
    return make_frame("Foundations", 1200, 1800, *fills, *texts, *effects, layout="VERTICAL", gap=24)


def _make_row(assets: AvailableAssets, rng: random.Random, node_count: int) -> Layer:
    root = make_frame(rng.choice(sample_names.FRAME_NAMES), 390, 120, gap=8, padding=12, radius=rng.choice((0, 8, 12)))
    root.layout = rng.choice(("VERTICAL", "HORIZONTAL"))
    root.effect_style = rng.choice(assets.effect_styles) if assets.effect_styles and rng.random() < 0.1 else None
    root.is_hidden = rng.random() < 0.04
    root.extra_fields = _bind_spacing(assets, rng) if assets.spacing_variables and rng.random() < 0.2 else {}
    remaining = node_count - 1
    while remaining > 0:
        layer = rng.choices(MAKERS, MAKER_WEIGHTS)[0](assets, rng)
        if count_nodes(layer) > remaining:
            layer = _make_simple_layer(assets, rng)
        root.children.append(layer)
        remaining -= count_nodes(layer)
    return stack_children(root)


def _bind_spacing(assets: AvailableAssets, rng: random.Random) -> dict[str, Any]:
    spaces = rng.sample(assets.spacing_variables, 2)
    gap, radius = (variable_alias(variable, assets.file_key) for variable in spaces)
    corners = {"RECTANGLE_TOP_LEFT_CORNER_RADIUS": radius, "RECTANGLE_TOP_RIGHT_CORNER_RADIUS": radius}
    bound = {"itemSpacing": gap, "rectangleCornerRadii": corners}
    # with the smallest gap, the paddings are bound, too
    is_whole = assets.binds_whole_layers and spaces[0] is assets.spacing_variables[0]
    return {"boundVariables": bound | dict.fromkeys(PADDINGS, gap) if is_whole else bound}


def _make_instance(assets: AvailableAssets, rng: random.Random) -> Layer:
    if not assets.families:
        return _make_simple_layer(assets, rng)
    layer = make_instance(_choose_component(assets, rng))
    if rng.random() < 0.5:
        _add_overrides(layer, assets, rng)
    if rng.random() < 0.05:
        layer.is_hidden = True
    elif rng.random() < 0.05:
        layer.extra_fields = {"opacity": 0.6}
    return layer


def _choose_component(assets: AvailableAssets, rng: random.Random) -> Component:
    family = rng.choices(assets.families, assets.family_weights)[0]
    return family[0] if rng.random() < 0.4 else rng.choice(family)


def _add_overrides(layer: Layer, assets: AvailableAssets, rng: random.Random) -> None:
    if layer.main_component is None:
        return
    for child in layer.main_component.root.children:
        if child.type == "TEXT":
            layer.overrides[child.node_id] = LayerOverride(characters=rng.choice(sample_names.LABEL_TEXTS))
        elif child.main_component is not None and "mainComponent" in child.property_references and assets.icons:
            icon = rng.choice(assets.icons) if rng.random() < 0.6 else None
            layer.overrides[child.node_id] = LayerOverride(is_hidden=rng.random() < 0.3, swap=icon)


def _make_icon(assets: AvailableAssets, rng: random.Random) -> Layer:
    return make_instance(rng.choice(assets.icons)) if assets.icons else _make_simple_layer(assets, rng)


def _make_local_instance(assets: AvailableAssets, rng: random.Random) -> Layer:
    # the last local component stays unused
    return (
        make_instance(rng.choice(assets.local_components[:-1]))
        if len(assets.local_components) > 1
        else _make_simple_layer(assets, rng)
    )


def _make_simple_layer(assets: AvailableAssets, rng: random.Random) -> Layer:
    if rng.random() < 0.6:
        characters = rng.choice(sample_names.TITLES + sample_names.BODIES + sample_names.LABEL_TEXTS)
        return make_text(characters[:24], characters, *_choose_text_style(assets, rng), is_hidden=rng.random() < 0.04)
    if rng.random() < 0.4:
        return _make_vector(rng)
    if rng.random() < 0.3:
        return _make_image(rng)
    size = rng.choice((16, 24, 48, 120))
    border = rng.choice(assets.color_styles) if assets.color_styles and rng.random() < 0.3 else None
    name, fill = f"Rectangle {rng.randint(1, 99)}", _choose_fill(assets, rng)
    # the corners of some have a variable
    has_variable = assets.binds_whole_layers and size == 48 and isinstance(fill, str)
    extra_fields = _bind_corners(assets) if has_variable else {}
    return Layer("RECTANGLE", name, size, size, fill=fill, stroke=border, radius=4, extra_fields=extra_fields)


def _bind_corners(assets: AvailableAssets) -> dict[str, Any]:
    radius = variable_alias(assets.spacing_variables[0], assets.file_key)
    return {"boundVariables": dict.fromkeys(ROUNDED_CORNERS, radius)}


def _make_image(rng: random.Random) -> Layer:
    layer = Layer("RECTANGLE", "Photo", 160, 120)
    layer.extra_fields = rng.choice(
        (
            {
                "fills": [
                    {
                        "blendMode": "NORMAL",
                        "type": "IMAGE",
                        "scaleMode": "FILL",
                        "imageRef": f"{rng.getrandbits(160):040x}",
                    }
                ]
            },
            {"fills": [GRADIENT, {**solid("#14161f"), "visible": False}], "rotation": 0.5},
            {"fills": [{**solid("#14161f"), "opacity": 0.4}], "locked": True, "isMask": True, "maskType": "ALPHA"},
            {"exportSettings": [EXPORT], "rectangleCornerRadii": [8.0, 8.0, 0.0, 0.0]},
            {"interactions": [{"trigger": {"type": "ON_CLICK"}, "actions": [{"type": "BACK"}]}]},
        )
    )
    return layer


def _make_vector(rng: random.Random) -> Layer:
    size = rng.choice((8, 12, 16, 24))
    return Layer("VECTOR", "Vector", size, size, x=rng.randint(0, 80), y=rng.randint(0, 80), fill=_choose_color(rng))


def _make_group(assets: AvailableAssets, rng: random.Random) -> Layer:  # noqa: ARG001
    return Layer("GROUP", "Group", 120, 120, [_make_vector(rng) for _ in range(rng.randint(2, 6))])


def _make_nested_frames(assets: AvailableAssets, rng: random.Random) -> Layer:
    inner = [_make_instance(assets, rng), _make_simple_layer(assets, rng), _make_simple_layer(assets, rng)]
    nested = make_frame("Stack", 200, 80, *inner, layout="VERTICAL", gap=4)
    return make_frame(
        rng.choice(("Row", "Tile", "Panel")), 300, 120, nested, _make_simple_layer(assets, rng), layout="HORIZONTAL"
    )


def _make_detached_copy(assets: AvailableAssets, rng: random.Random) -> Layer:
    label = make_text("Label", rng.choice(sample_names.LABEL_TEXTS), *_choose_text_style(assets, rng))
    name = rng.choice(sample_names.DETACHED)
    return make_frame(name, 240, 48, label, _make_vector(rng), layout="HORIZONTAL", radius=8, fill=_choose_color(rng))


def _make_mixed_text(assets: AvailableAssets, rng: random.Random) -> Layer:
    layer = make_text("Mixed", "Total 12.40 including tax", *_choose_text_style(assets, rng))
    bold = {"fontWeight": 700, "fontPostScriptName": "Inter-Bold"}
    layer.extra_fields = {"characterStyleOverrides": [0] * 6 + [1] * 5, "styleOverrideTable": {"1": bold}}
    return layer


def _make_forgotten_component(rng: random.Random) -> Component:
    root = make_frame("Forgotten", 80, 40, make_text("Label", "Gone", None, "#999999"))
    root.children[0].node_id = "7:2"
    return Component("", "Forgotten", f"gone-{rng.random()}", 9000, root)


def _make_sticky(rng: random.Random, index: int) -> Layer:
    extra_fields = {"characters": rng.choice(sample_names.STICKIES), "authorVisible": True}
    return Layer(
        "STICKY",
        "Sticky",
        240,
        240,
        x=260 * index,
        fill=rng.choice(("#ffd966", "#b6e3a8", "#f7b2c4")),
        extra_fields=extra_fields,
    )


def _make_shape_with_text(rng: random.Random, index: int) -> Layer:
    shape = rng.choice(("SQUARE", "ELLIPSE", "DIAMOND", "ROUNDED_RECTANGLE"))
    extra_fields = {"characters": rng.choice(sample_names.LABEL_TEXTS), "shapeType": shape}
    return Layer(
        "SHAPE_WITH_TEXT", "Shape", 200, 120, x=260 * index, fill="#ffffff", stroke="#14161f", extra_fields=extra_fields
    )


def _make_connector(rng: random.Random, index: int) -> Layer:
    ends = {"connectorStart": {"position": {"x": 0.0, "y": 0.0}}, "connectorEnd": {"position": {"x": 200.0, "y": 80.0}}}
    caps = {"connectorStartStrokeCap": "NONE", "connectorEndStrokeCap": "LINE_ARROW"}
    extra_fields = {**ends, **caps, "connectorLineType": rng.choice(("ELBOWED", "STRAIGHT")), "characters": ""}
    return Layer("CONNECTOR", "Connector line", 200, 80, x=260 * index, stroke="#14161f", extra_fields=extra_fields)


def _choose_text_style(assets: AvailableAssets, rng: random.Random) -> tuple[Style | None, Paint]:
    return rng.choice(assets.text_styles) if assets.text_styles and rng.random() < 0.7 else None, _choose_fill(
        assets, rng
    )


def _choose_fill(assets: AvailableAssets, rng: random.Random) -> Paint:
    number = rng.random()
    if number < 0.5 and assets.color_styles:
        return rng.choice(assets.color_styles)
    if number < 0.7 and assets.color_variables:
        return rng.choice(assets.color_variables)
    return _choose_color(rng)


def _choose_color(rng: random.Random) -> str:
    # some are a color of the library, others one close to it
    code = rng.choice(list(COLORS.values()))
    return code if rng.random() < 0.3 else f"#{int(code[1:], 16) ^ rng.randint(0, 0x0F0F0F):06x}"


MAKERS: tuple[LayerMaker, ...] = (
    _make_instance,
    _make_icon,
    _make_local_instance,
    _make_simple_layer,
    _make_group,
    _make_nested_frames,
    _make_detached_copy,
    _make_mixed_text,
)
MAKER_WEIGHTS = (30, 8, 6, 34, 4, 10, 3, 3)
