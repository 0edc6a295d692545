"""The two published libraries: foundations (styles, variables), icons, and the core components composed of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count, product
from typing import TYPE_CHECKING

from figma_warehouse.sandbox.company import vocabulary
from figma_warehouse.sandbox.company.blueprints import (
    Component,
    ComponentSet,
    Part,
    Property,
    Style,
    Variable,
    frame,
    hex_key,
    instance,
    number_parts,
    stack,
    text,
)
from figma_warehouse.sandbox.company.drawing import PLAIN_TEXT, colour

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Names = dict[str, str]
    Drawer = Callable[["Kit", dict[str, str], Names], list[Part]]

COLOURS = {
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
TONES = ("Neutral", "Info", "Success", "Warning", "Danger")
# never listed any more, and their definitions are gone: what still refers to them dangles
RETIRED_COLOURS = {"Legacy/Brand red": "#d4145a", "Legacy/Grey 3": "#e0e0e0"}
RETIRED_TYPE = {"Legacy/Body": (14, 19, 400)}
# drawn in the core library from the start and published one by one as time goes by
UNRELEASED = (
    "Rating",
    "Countdown",
    "Carousel",
    "Step list",
    "Promo code",
    "Quantity",
    "Color swatch",
    "Map preview",
    "Voucher",
    "Delivery slot",
    "Size picker",
    "Seller card",
    "Order stamp",
)
# withdrawn one by one, though files use them; never shown in the library's own guidelines, where home would be unclear
WITHDRAWN = (
    "Link",
    "Stat tile",
    "Tooltip",
    "Text area",
    "Price",
    "Progress",
    "Pagination",
    "Banner",
    "Radio",
    "Select",
)
# withdrawn before the clock starts
LEGACY = ("Button (old)", "Card (old)")


@dataclass
class SampleLibrary:
    """One library: what its file defines. `pages` maps a page to its definitions, in order."""

    key: str
    name: str
    components: list[Component] = field(default_factory=list)
    sets: list[ComponentSet] = field(default_factory=list)
    styles: list[Style] = field(default_factory=list)
    variables: list[Variable] = field(default_factory=list)
    pages: dict[str, list[Component | ComponentSet]] = field(default_factory=dict)


@dataclass
class Kit:
    """What components are composed of, by name, while the libraries are being drawn."""

    seed: int
    fills: dict[str, Style] = field(default_factory=dict)
    types: dict[str, Style] = field(default_factory=dict)
    effects: dict[str, Style] = field(default_factory=dict)
    grids: dict[str, Style] = field(default_factory=dict)
    retired: list[Style] = field(default_factory=list)
    variables: dict[str, Variable] = field(default_factory=dict)
    spaces: list[Variable] = field(default_factory=list)
    icons: dict[str, Component] = field(default_factory=dict)
    illustrations: dict[str, Component] = field(default_factory=dict)
    made: dict[str, list[Component]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def get(self, name: str, **values: str) -> Component:
        """A component, or the first variant of a set with these values."""
        return next(made for made in self.made[name] if values.items() <= made.values.items())


def build_libraries(seed: int, core_key: str, icons_key: str) -> tuple[SampleLibrary, SampleLibrary, Kit]:
    """The core library, the icons library, and the kit they were made from."""
    kit = Kit(seed)
    core, icons = SampleLibrary(core_key, "Core library"), SampleLibrary(icons_key, "Icons & illustrations")
    _lay_foundations(core, kit)
    _draw_icons(icons, kit)
    for page, name, options, properties, drawer in CORE_SETS:
        _add_set(core, kit, page, name, options, properties, drawer)
    for page, name, drawer in CORE_SINGLES:
        _add_component(core, kit, page, name, frame(name, 240, 80, *drawer(kit, {}, {}), layout="VERTICAL", padding=12))
    return core, icons, kit


def type_value(size: int, line: int, weight: int) -> dict[str, object]:
    """The TypeStyle of a step of the type scale."""
    style = {400: "Regular", 600: "Semi Bold", 700: "Bold"}[weight]
    named = {"fontPostScriptName": f"Inter-{style.replace(' ', '')}", "fontStyle": style, "fontWeight": weight}
    return {**PLAIN_TEXT, **named, "fontSize": float(size), "lineHeightPx": float(line)}


def shadow(radius: int) -> list[dict[str, object]]:
    """A drop shadow as `effects` carries it."""
    kind = "INNER_SHADOW" if radius == 1 else "DROP_SHADOW"
    tint = {**colour("#14161f"), "a": 0.16}
    offset = {"x": 0.0, "y": radius / 2}
    effect: dict[str, object] = {"type": kind, "visible": True, "color": tint, "blendMode": "NORMAL", "offset": offset}
    return [{**effect, "radius": float(radius), **({"showShadowBehindNode": False} if radius > 1 else {})}]


def make_component(home: str, session: int, name: str, root: Part, key: str, number: int) -> Component:
    """A component of its own, with its parts numbered in that session."""
    root.kind, root.name = "COMPONENT", name
    made = Component(key, name, home, number, root)
    root.defines = made
    number_parts(root, session)
    return made


def _lay_foundations(core: SampleLibrary, kit: Kit) -> None:
    numbers = count(1)

    def add(kind: str, name: str, value: object) -> Style:
        number = next(numbers)
        key = hex_key(kit.seed, "style", name)
        return Style(key, name, kind, value, core.key, f"0:{100 + number}", number, f"{name} of the core library")

    kit.fills = {name: add("FILL", name, code) for name, code in COLOURS.items()}
    kit.types = {name: add("TEXT", name, type_value(*scale)) for name, scale in TYPE_SCALE.items()}
    kit.effects = {name: add("EFFECT", name, shadow(radius)) for name, radius in SHADOWS.items()}
    kit.grids = {name: add("GRID", name, columns) for name, columns in GRIDS.items()}
    core.styles = [*kit.fills.values(), *kit.types.values(), *kit.effects.values(), *kit.grids.values()]
    kit.retired = [add("FILL", name, code) for name, code in RETIRED_COLOURS.items()]
    kit.retired += [add("TEXT", name, type_value(*scale)) for name, scale in RETIRED_TYPE.items()]
    for at, (name, code) in enumerate(COLOURS.items()):
        kit.variables[name] = Variable(hex_key(kit.seed, "variable", name), f"1:{2 + at}", core.key, code)
    for at, name in enumerate(SPACES):
        kit.spaces.append(Variable(hex_key(kit.seed, "variable", name), f"1:{90 + at}", core.key, ""))
    core.variables = list(kit.variables.values())


def _draw_icons(icons: SampleLibrary, kit: Kit) -> None:
    for at, name in enumerate(vocabulary.ICONS):
        strokes = [
            Part("VECTOR", "Vector", 20, 20, x=2, y=2, fill=kit.fills["Text/Primary"]) for _ in range(1 + at % 2)
        ]
        kit.icons[name] = _add_component(icons, kit, "Icons", f"Icon/{name}", frame(name, 24, 24, *strokes))
    for at, name in enumerate(vocabulary.ILLUSTRATIONS):
        shapes = [_illustrate(at, shape) for shape in range(14 + 3 * at)]
        whole = Part("GROUP", "Artwork", 240, 180, shapes)
        made = _add_component(icons, kit, "Illustrations", f"Illustration/{name}", frame(name, 240, 180, whole))
        kit.illustrations[name] = made


def _illustrate(at: int, shape: int) -> Part:
    tints = [code for name, code in COLOURS.items() if name.startswith(("Accent", "Brand"))]
    kind = ("VECTOR", "ELLIPSE", "RECTANGLE", "VECTOR", "STAR")[(at + shape) % 5]
    size = 12 + (at * 7 + shape * 11) % 60
    return Part(kind, kind.capitalize(), size, size, x=(shape * 37) % 180, y=(shape * 23) % 120, fill=tints[shape % 6])


def _add_component(library: SampleLibrary, kit: Kit, page: str, name: str, root: Part) -> Component:
    session = 1 + sum(len(made) for made in library.pages.values())
    key = hex_key(kit.seed, library.name, name)
    made = make_component(library.key, session, name, root, key, next(kit.numbers))
    made.page, made.description = page, f"{name.rsplit('/', 1)[-1]} for every product"
    library.components.append(made)
    library.pages.setdefault(page, []).append(made)
    kit.made[name] = [made]
    return made


def _add_set(
    library: SampleLibrary,
    kit: Kit,
    page: str,
    name: str,
    options: dict[str, list[str]],
    properties: dict[str, bool | str],
    drawer: Drawer,
) -> None:
    session = 1 + sum(len(made) for made in library.pages.values())
    owner = ComponentSet(
        hex_key(kit.seed, library.name, "set", name),
        name,
        library.key,
        next(kit.numbers),
        Part("COMPONENT_SET", name),
        options,
    )
    owner.page, owner.description = page, f"{name}: see the guidelines"
    names = {base: f"{base}#{session}:{at}" for at, base in enumerate(properties)}
    owner.properties = [_property(kit, names[base], default) for base, default in properties.items()]
    for values in product(*options.values()):
        _add_variant(library, kit, owner, dict(zip(options, values, strict=True)), names, drawer)
    owner.root.layout, owner.root.gap, owner.root.padding = "VERTICAL", 24, 24
    stack(owner.root).defines = owner
    owner.root.width, owner.root.height = 400, sum(child.height + 24 for child in owner.root.children) + 24
    number_parts(owner.root, session)
    library.sets.append(owner)
    library.pages.setdefault(page, []).append(owner)
    kit.made[name] = owner.variants


def _add_variant(
    library: SampleLibrary, kit: Kit, owner: ComponentSet, values: dict[str, str], names: Names, drawer: Drawer
) -> None:
    called = ", ".join(f"{option}={value}" for option, value in values.items())
    parts = drawer(kit, values, names)
    height = max(part.height for part in parts) + 16
    fill = kit.fills["Surface/Default"]
    layout = "VERTICAL" if owner.page in ("Containers", "Feedback") else "HORIZONTAL"
    root = frame(called, 240, height, *parts, layout=layout, padding=8, radius=8, fill=fill)
    root.kind = "COMPONENT"
    key = hex_key(kit.seed, library.name, owner.name, called)
    made = Component(key, called, library.key, next(kit.numbers), root, owner=owner, values=values, page=owner.page)
    root.defines = made
    owner.variants.append(made)
    owner.root.children.append(root)
    library.components.append(made)


def _property(kit: Kit, name: str, default: bool | str) -> Property:
    if isinstance(default, bool):
        return Property(name, "BOOLEAN", default)
    if default in kit.icons:
        return Property(name, "INSTANCE_SWAP", kit.icons[default])
    return Property(name, "TEXT", default)


def _icon(kit: Kit, icon: str, names: Names, shown: str = "Show icon", swap: str = "Icon", hidden: bool = True) -> Part:
    binds = {"visible": names[shown]} if shown in names else {}
    binds |= {"mainComponent": names[swap]} if swap in names else {}
    return instance(kit.icons[icon], swap, binds=binds, hidden=hidden and shown in names)


def _label(kit: Kit, names: Names, words: str, style: str, fill: str) -> Part:
    binds = {"characters": names["Label"]} if "Label" in names else {}
    return text("Label", words, kit.types[style], kit.fills[fill], binds=binds)


def _button(kit: Kit, values: dict[str, str], names: Names) -> list[Part]:
    style = "Label/Small" if values.get("Size") == "Small" else "Label/Large"
    primary = values.get("Kind", "Primary") == "Primary"
    ink = "Text/Disabled" if values.get("State") == "Disabled" else "Text/On brand" if primary else "Brand/Primary"
    state = Part(
        "RECTANGLE", "State layer", 224, 32, hidden=values.get("State") != "Hover", fill=kit.variables["Brand/Hover"]
    )
    return [state, _icon(kit, "Plus", names), _label(kit, names, "Continue", style, ink)]


def _icon_button(kit: Kit, values: dict[str, str], names: Names) -> list[Part]:
    ring = Part("ELLIPSE", "Focus ring", 28, 28, hidden=values["State"] != "Hover", stroke=kit.fills["Border/Focus"])
    return [ring, _icon(kit, "More", names, hidden=False)]


def _field(kit: Kit, values: dict[str, str], names: Names) -> list[Part]:
    edge = {"Error": "Tone/Danger", "Focus": "Border/Focus"}.get(values.get("State", ""), "Border/Default")
    ink = "Text/Disabled" if values.get("State") == "Disabled" else "Text/Primary"
    inner = [_icon(kit, "Search", names), text("Value", "Value", kit.types["Body/Medium"], kit.fills[ink])]
    box = frame("Box", 224, 40, *inner, layout="HORIZONTAL", padding=8, radius=6, stroke=kit.fills[edge])
    label = _label(kit, names, "Label", "Label/Small", "Text/Secondary")
    hint = text("Hint", "Helpful hint", kit.types["Caption"], kit.fills["Text/Secondary"], hidden=edge != "Tone/Danger")
    return [frame("Field", 224, 84, label, box, hint, layout="VERTICAL", gap=4)]


def _choice(kit: Kit, values: dict[str, str], names: Names) -> list[Part]:
    on = values.get("Checked") in ("On", "Mixed")
    fill = kit.variables["Brand/Primary" if on else "Surface/Default"]
    mark = instance(kit.icons["Check"], "Mark", hidden=not on)
    box = frame("Control", 20, 20, mark, radius=4, fill=fill, stroke=kit.fills["Border/Strong"])
    return [box, _label(kit, names, "Option", "Body/Medium", "Text/Primary")]


def _avatar(kit: Kit, values: dict[str, str], names: Names) -> list[Part]:  # noqa: ARG001
    size = {"Extra large": 64, "Large": 48, "Medium": 40, "Small": 24}[values["Size"]]
    if values["Type"] == "Image":
        return [Part("ELLIPSE", "Photo", size, size, fill=kit.fills["Accent/Mint"])]
    if values["Type"] == "Icon":
        return [instance(kit.icons["User"], "Icon")]
    return [text("Initials", "AB", kit.types["Label/Small"], kit.fills["Text/Primary"])]


def _avatar_group(kit: Kit, values: dict[str, str], names: Names) -> list[Part]:  # noqa: ARG001
    return [instance(kit.get("Avatar", Size="Small"), f"Avatar {at + 1}") for at in range(int(values["Count"]))]


def _tone(kit: Kit, values: dict[str, str], names: Names) -> list[Part]:
    tone = f"Tone/{values.get('Tone', 'Neutral')}"
    dot = Part("ELLIPSE", "Dot", 8, 8, fill=kit.fills[tone])
    close = [instance(kit.icons["Close"], "Remove")] if values.get("Removable") == "Yes" else []
    return [dot, _label(kit, names, "Label", "Label/Small", tone), *close]


def _card(kit: Kit, values: dict[str, str], names: Names) -> list[Part]:
    media = Part(
        "RECTANGLE", "Media", 224, 120, fill=kit.fills["Surface/Sunken"], hidden=values["Layout"] == "Text only"
    )
    person = instance(kit.get("Avatar", Size="Medium"), "Author")
    title = _label(kit, names, "Card title", "Heading/Small", "Text/Primary")
    head = frame("Head", 224, 40, person, title, instance(kit.get("Badge"), "Badge"), layout="HORIZONTAL")
    body = text("Body", "Supporting text", kit.types["Body/Small"], kit.variables["Text/Secondary"])
    action = instance(kit.get("Button", Kind="Secondary", Size="Small"), "Action")
    slot = Part("SLOT", "Content", 224, 24, [text("Slot text", "Anything", kit.types["Caption"], None)])
    return [media, head, body, action, *([slot] if values["Layout"] == "Slot" else [])]


def _row(kit: Kit, values: dict[str, str], names: Names) -> list[Part]:
    lead = (
        instance(kit.get("Avatar", Size="Medium"), "Lead")
        if values.get("Type") == "Person"
        else _icon(kit, "Tag", names)
    )
    title = _label(kit, names, "Title", "Body/Medium", "Text/Primary")
    note = text("Note", "Supporting text", kit.types["Body/Small"], kit.fills["Text/Secondary"])
    trail = instance(kit.get("Toggle") if values.get("Type") == "Toggle" else kit.icons["Chevron/Right"], "Trailing")
    line = Part("LINE", "Divider", 224, 0, stroke=kit.fills["Border/Default"], hidden=values.get("Divider") == "No")
    return [lead, frame("Words", 120, 48, title, note, layout="VERTICAL", gap=2), trail, line]


def _message(kit: Kit, values: dict[str, str], names: Names) -> list[Part]:
    tone = f"Tone/{values.get('Tone', 'Info')}"
    words = text("Message", "Something happened", kit.types["Body/Small"], kit.fills["Text/Primary"])
    bar = Part("RECTANGLE", "Bar", 4, 40, fill=kit.fills[tone])
    return [bar, _icon(kit, "Info", names, hidden=False), words, instance(kit.get("Icon button"), "Close")]


def _modal(kit: Kit, values: dict[str, str], names: Names) -> list[Part]:
    title = _label(kit, names, "Are you sure?", "Heading/Medium", "Text/Primary")
    fields = [instance(kit.get("Input"), f"Field {at + 1}") for at in range(2 if values["Size"] == "Large" else 1)]
    buttons = [instance(kit.get("Button", Kind=kind), kind) for kind in ("Secondary", "Primary")]
    foot = frame("Actions", 224, 48, *buttons, layout="HORIZONTAL", effect=kit.effects["Elevation/Low"])
    return [title, *fields, foot]


def _bar(kit: Kit, values: dict[str, str], names: Names) -> list[Part]:
    back = instance(kit.get("Icon button"), "Back")
    title = _label(kit, names, "Title", "Label/Large", "Text/Primary")
    person = instance(kit.get("Avatar", Size="Small"), "Profile", hidden=values.get("Platform") == "Android")
    return [back, title, instance(kit.icons["Search"], "Search"), person]


def _tabs(kit: Kit, values: dict[str, str], names: Names) -> list[Part]:  # noqa: ARG001
    chosen = int(values["Selected"])
    icons = ("Home", "Search", "Basket", "User")
    return [_tab(kit, icon, at + 1 == chosen) for at, icon in enumerate(icons)]


def _tab(kit: Kit, icon: str, chosen: bool) -> Part:
    label = text("Tab label", icon, kit.types["Caption"], kit.fills["Brand/Primary" if chosen else "Text/Secondary"])
    line = Part("RECTANGLE", "Indicator", 24, 2, hidden=not chosen, fill=kit.variables["Brand/Primary"])
    return frame(f"Tab {icon}", 56, 48, instance(kit.icons[icon], "Icon"), label, line, layout="VERTICAL", gap=2)


def _single(kit: Kit, values: dict[str, str], names: Names) -> list[Part]:
    head = _label(kit, names, "Value", "Heading/Medium", "Text/Primary")
    body = text("Note", "Note", kit.types["Body/Small"], kit.fills["Text/Secondary"])
    return [head, body, *([_icon(kit, "Chevron/Down", names)] if values else [instance(kit.icons["Info"], "Icon")])]


def _empty(kit: Kit, values: dict[str, str], names: Names) -> list[Part]:
    art = instance(kit.illustrations["No results"], "Illustration")
    return [art, *_single(kit, values, names), instance(kit.get("Button"), "Action")]


STATES = ["Default", "Hover", "Disabled"]
FIELD_STATES = ["Default", "Focus", "Filled", "Error", "Disabled"]
ICON_LABEL: dict[str, bool | str] = {"Show icon": False, "Icon": "Plus", "Label": "Continue"}
LABEL: dict[str, bool | str] = {"Label": "Label"}

# page, name, variant options, other properties with their defaults, drawer
CORE_SETS: tuple[tuple[str, str, dict[str, list[str]], dict[str, bool | str], Drawer], ...] = (
    (
        "Actions",
        "Button",
        {"Kind": ["Primary", "Secondary", "Ghost"], "Size": ["Large", "Medium", "Small"], "State": STATES},
        ICON_LABEL,
        _button,
    ),
    (
        "Actions",
        "Icon button",
        {"Size": ["Large", "Small"], "State": STATES},
        {"Icon": "More"},
        _icon_button,
    ),
    ("Actions", "Link", {"State": STATES}, ICON_LABEL, _button),
    ("Forms", "Input", {"Size": ["Large", "Small"], "State": FIELD_STATES}, {**ICON_LABEL, "Icon": "Search"}, _field),
    ("Forms", "Search field", {"State": FIELD_STATES[:3]}, {**ICON_LABEL, "Icon": "Search"}, _field),
    ("Forms", "Select", {"State": FIELD_STATES[:4]}, {**ICON_LABEL, "Icon": "Chevron/Down"}, _field),
    ("Forms", "Text area", {"State": FIELD_STATES[:3]}, LABEL, _field),
    ("Forms", "Date field", {"State": FIELD_STATES}, {**ICON_LABEL, "Icon": "Calendar"}, _field),
    ("Forms", "Checkbox", {"Checked": ["Off", "On", "Mixed"], "State": STATES[:2]}, LABEL, _choice),
    ("Forms", "Radio", {"Checked": ["Off", "On"], "State": STATES[:2]}, LABEL, _choice),
    ("Forms", "Toggle", {"Checked": ["Off", "On"], "State": STATES[:2]}, LABEL, _choice),
    (
        "Display",
        "Avatar",
        {"Size": ["Medium", "Extra large", "Large", "Small"], "Type": ["Image", "Initials", "Icon"]},
        {},
        _avatar,
    ),
    ("Display", "Avatar group", {"Count": ["2", "3", "4"]}, {}, _avatar_group),
    ("Display", "Badge", {"Tone": list(TONES)}, LABEL, _tone),
    ("Display", "Tag", {"Tone": list(TONES[:4]), "Removable": ["No", "Yes"]}, LABEL, _tone),
    ("Display", "Progress", {"Tone": list(TONES[:2])}, LABEL, _tone),
    ("Containers", "Card", {"Layout": ["Media", "Text only", "Slot"]}, LABEL, _card),
    (
        "Display",
        "List row",
        {"Type": ["Plain", "Person", "Toggle"], "Divider": ["Yes", "No"]},
        {"Show icon": False, "Icon": "Tag", "Label": "Title"},
        _row,
    ),
    ("Display", "Table row", {"State": STATES}, LABEL, _row),
    ("Feedback", "Toast", {"Tone": list(TONES[1:])}, {}, _message),
    ("Feedback", "Banner", {"Tone": list(TONES[1:4])}, {}, _message),
    ("Feedback", "Tooltip", {"Side": ["Top", "Right", "Bottom", "Left"]}, LABEL, _single),
    ("Feedback", "Modal", {"Size": ["Small", "Large"]}, LABEL, _modal),
    ("Navigation", "Navigation bar", {"Platform": ["iOS", "Android"]}, LABEL, _bar),
    ("Navigation", "Tab bar", {"Selected": ["1", "2", "3", "4"]}, {}, _tabs),
    ("Navigation", "Pagination", {"State": STATES}, LABEL, _single),
)
SINGLES = ("Stat tile", "Price", "Slider", "Skeleton", "Breadcrumb", *UNRELEASED)
CORE_SINGLES: tuple[tuple[str, str, Drawer], ...] = (
    ("Feedback", "Empty state", _empty),
    *(("More", name, _single) for name in SINGLES),
    *(("Archive", name, _single) for name in LEGACY),
)
