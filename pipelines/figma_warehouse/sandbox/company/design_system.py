"""The design system of the sample organisation: its styles and variables, and its components by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from figma_warehouse.sandbox.company.layer_json import DEFAULT_TEXT_STYLE, color
from figma_warehouse.sandbox.company.layers import Component, Style, Variable, make_key

if TYPE_CHECKING:
    from collections.abc import Iterator

COLORS = {
    "Brand/Primary": "#3354f4",
    "Brand/Hover": "#2541c9",
    "Brand/Subtle": "#e6eaff",
    "Text/Primary": "#14161f",
    "Text/Secondary": "#5b6072",
    "Text/Disabled": "#a6aab8",
    "Text/On brand": "#ffffff",
    "Surface/Default": "#ffffff",
    "Surface/Sunken": "#f4f5f8",
    "Surface/Inverse": "#14161f",
    "Border/Default": "#d7dae3",
    "Border/Strong": "#8b90a3",
    "Border/Focus": "#3354f4",
    "Tone/Success": "#1a8a4f",
    "Tone/Warning": "#b26a00",
    "Tone/Danger": "#c92a3b",
    "Tone/Info": "#0f7ea8",
    "Tone/Neutral": "#5b6072",
    "Accent/Coral": "#ff7a59",
    "Accent/Mint": "#42c99b",
    "Accent/Plum": "#7b3f98",
}
TYPE_SCALE = {
    "Display/Large": (48, 56, 700),
    "Heading/Large": (32, 40, 700),
    "Heading/Medium": (24, 32, 600),
    "Heading/Small": (20, 28, 600),
    "Body/Large": (17, 24, 400),
    "Body/Medium": (15, 22, 400),
    "Body/Small": (13, 18, 400),
    "Label/Large": (15, 20, 600),
    "Label/Small": (12, 16, 600),
    "Caption": (11, 14, 400),
}
SHADOWS = {"Elevation/Low": 2, "Elevation/Medium": 8, "Elevation/High": 24, "Elevation/Inset": 1}
GRIDS = {"Grid/Mobile 4": 4, "Grid/Desktop 12": 12}
SPACES = ("Space/Small", "Space/Medium", "Space/Large", "Radius/Medium")
# published as they are: with a doubled space, a control character, and the name of another style
MISTYPED = {
    "Grid/Mobile 4": "Grid/Mobile  4",
    "Grid/Desktop 12": "Grid/Desktop\t12",
    "Elevation/Inset": "Elevation/High",
}
UNDESCRIBED = ("Grid/Desktop 12", "Elevation/Low")
# not published, and no file defines them: references to them dangle
RETIRED_COLORS = {"Legacy/Brand red": "#d4145a", "Legacy/Grey 3": "#e0e0e0"}
RETIRED_TYPE = {"Legacy/Body": (14, 19, 400)}


@dataclass
class DesignSystem:
    """Styles, variables and components by name. A family is a component alone, or the variants of a set."""

    seed: int
    color_styles: dict[str, Style] = field(default_factory=dict)
    text_styles: dict[str, Style] = field(default_factory=dict)
    effect_styles: dict[str, Style] = field(default_factory=dict)
    grid_styles: dict[str, Style] = field(default_factory=dict)
    retired_styles: list[Style] = field(default_factory=list)
    color_variables: dict[str, Variable] = field(default_factory=dict)
    spacing_variables: list[Variable] = field(default_factory=list)
    icons: dict[str, Component] = field(default_factory=dict)
    illustrations: dict[str, Component] = field(default_factory=dict)
    families: dict[str, list[Component]] = field(default_factory=dict)
    component_numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def styles(self) -> list[Style]:
        """All styles but the retired ones."""
        by_name = (self.color_styles, self.text_styles, self.effect_styles, self.grid_styles)
        return [style for styles in by_name for style in styles.values()]

    def variant(self, name: str, **values: str) -> Component:
        """A component, or the first variant of a set with these values."""
        return next(one for one in self.families[name] if values.items() <= one.variant_values.items())


def make_design_system(seed: int, core_key: str) -> DesignSystem:
    """The styles and variables, which the file of that key defines. `build_libraries` adds the components."""
    system = DesignSystem(seed)
    numbers = count(1)

    def add(type_: str, name: str, value: object) -> Style:
        number = next(numbers)
        key = make_key(system.seed, "style", name)
        shown, description = MISTYPED.get(name, name), "" if name in UNDESCRIBED else f"{name} of the core library"
        return Style(key, shown, type_, value, core_key, f"0:{100 + number}", number, description)

    system.color_styles = {name: add("FILL", name, code) for name, code in COLORS.items()}
    system.text_styles = {name: add("TEXT", name, text_style_value(*step)) for name, step in TYPE_SCALE.items()}
    system.effect_styles = {name: add("EFFECT", name, shadow_value(radius)) for name, radius in SHADOWS.items()}
    system.grid_styles = {name: add("GRID", name, columns) for name, columns in GRIDS.items()}
    system.retired_styles = [add("FILL", name, code) for name, code in RETIRED_COLORS.items()]
    system.retired_styles += [add("TEXT", name, text_style_value(*step)) for name, step in RETIRED_TYPE.items()]
    for position, (name, code) in enumerate(COLORS.items()):
        system.color_variables[name] = Variable(
            make_key(system.seed, "variable", name), f"1:{2 + position}", core_key, code
        )
    for position, name in enumerate(SPACES):
        system.spacing_variables.append(
            Variable(make_key(system.seed, "variable", name), f"1:{90 + position}", core_key, "")
        )
    return system


def text_style_value(size: int, line: int, weight: int) -> dict[str, object]:
    """The TypeStyle of a step of the type scale."""
    style = {400: "Regular", 600: "Semi Bold", 700: "Bold"}[weight]
    font = {"fontPostScriptName": f"Inter-{style.replace(' ', '')}", "fontStyle": style, "fontWeight": weight}
    return {**DEFAULT_TEXT_STYLE, **font, "fontSize": float(size), "lineHeightPx": float(line)}


def shadow_value(radius: int) -> list[dict[str, object]]:
    """A shadow as `effects` has it; the radius 1 makes an inner one."""
    type_ = "INNER_SHADOW" if radius == 1 else "DROP_SHADOW"
    tint = {**color("#14161f"), "a": 0.16}
    offset = {"x": 0.0, "y": radius / 2}
    effect: dict[str, object] = {"type": type_, "visible": True, "color": tint, "blendMode": "NORMAL", "offset": offset}
    return [{**effect, "radius": float(radius), **({"showShadowBehindNode": False} if radius > 1 else {})}]
