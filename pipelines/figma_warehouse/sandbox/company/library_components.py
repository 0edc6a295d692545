"""The components of the core library: the layers of each variant, and the sets with their properties."""

from __future__ import annotations

from typing import TYPE_CHECKING

from figma_warehouse.sandbox.company.layers import Layer, make_frame, make_instance, make_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from figma_warehouse.sandbox.company.design_system import DesignSystem

    Names = dict[str, str]
    VariantMaker = Callable[[DesignSystem, dict[str, str], Names], list[Layer]]

TONES = ("Neutral", "Info", "Success", "Warning", "Danger")
# in the core library from the start, and published one by one
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
# unpublished one by one, though files use them. The library's own guidelines never show them: they would not be usage
UNPUBLISHED_LATER = (
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
# still published, with what to use instead
DEPRECATED_SETS = {"Tag": "Badge"}
DEPRECATED_STYLES = {"Border/Strong": "Border/Default"}
# without a link to their documentation, which the others of the core library have
UNDOCUMENTED = ("Table row", "Toggle", "Price")
# a page for what is still published, with nothing to use instead
SUNSET_PAGE, DEPRECATED_SINGLES = "🚫 Sunset", ("Empty state",)
# unpublished before the clock starts
LEGACY = ("Button (old)", "Card (old)")


def _make_icon(
    system: DesignSystem,
    icon: str,
    names: Names,
    visible_property: str = "Show icon",
    swap_property: str = "Icon",
    is_hidden: bool = True,
) -> Layer:
    references = {"visible": names[visible_property]} if visible_property in names else {}
    references |= {"mainComponent": names[swap_property]} if swap_property in names else {}
    return make_instance(
        system.icons[icon],
        swap_property,
        property_references=references,
        is_hidden=is_hidden and visible_property in names,
    )


def _make_label(system: DesignSystem, names: Names, text: str, style: str, fill: str) -> Layer:
    references = {"characters": names["Label"]} if "Label" in names else {}
    return make_text(
        "Label", text, system.text_styles[style], system.color_styles[fill], property_references=references
    )


def _button_layers(system: DesignSystem, values: dict[str, str], names: Names) -> list[Layer]:
    style = "Label/Small" if values.get("Size") == "Small" else "Label/Large"
    is_primary = values.get("Kind", "Primary") == "Primary"
    text_color = (
        "Text/Disabled" if values.get("State") == "Disabled" else "Text/On brand" if is_primary else "Brand/Primary"
    )
    state = Layer(
        "RECTANGLE",
        "State layer",
        224,
        32,
        is_hidden=values.get("State") != "Hover",
        fill=system.color_variables["Brand/Hover"],
    )
    return [state, _make_icon(system, "Plus", names), _make_label(system, names, "Continue", style, text_color)]


def _icon_button_layers(system: DesignSystem, values: dict[str, str], names: Names) -> list[Layer]:
    ring = Layer(
        "ELLIPSE",
        "Focus ring",
        28,
        28,
        is_hidden=values["State"] != "Hover",
        stroke=system.color_styles["Border/Focus"],
    )
    return [ring, _make_icon(system, "More", names, is_hidden=False)]


def _field_layers(system: DesignSystem, values: dict[str, str], names: Names) -> list[Layer]:
    border = {"Error": "Tone/Danger", "Focus": "Border/Focus"}.get(values.get("State", ""), "Border/Default")
    text_color = "Text/Disabled" if values.get("State") == "Disabled" else "Text/Primary"
    inner = [
        _make_icon(system, "Search", names),
        make_text("Value", "Value", system.text_styles["Body/Medium"], system.color_styles[text_color]),
    ]
    box = make_frame(
        "Box", 224, 40, *inner, layout="HORIZONTAL", padding=8, radius=6, stroke=system.color_styles[border]
    )
    label = _make_label(system, names, "Label", "Label/Small", "Text/Secondary")
    hint = make_text(
        "Hint",
        "Helpful hint",
        system.text_styles["Caption"],
        system.color_styles["Text/Secondary"],
        is_hidden=border != "Tone/Danger",
    )
    return [make_frame("Field", 224, 84, label, box, hint, layout="VERTICAL", gap=4)]


def _choice_layers(system: DesignSystem, values: dict[str, str], names: Names) -> list[Layer]:
    is_on = values.get("Checked") in ("On", "Mixed")
    fill = system.color_variables["Brand/Primary" if is_on else "Surface/Default"]
    mark = make_instance(system.icons["Check"], "Mark", is_hidden=not is_on)
    box = make_frame("Control", 20, 20, mark, radius=4, fill=fill, stroke=system.color_styles["Border/Strong"])
    return [box, _make_label(system, names, "Option", "Body/Medium", "Text/Primary")]


def _avatar_layers(system: DesignSystem, values: dict[str, str], names: Names) -> list[Layer]:  # noqa: ARG001
    size = {"Extra large": 64, "Large": 48, "Medium": 40, "Small": 24}[values["Size"]]
    if values["Type"] == "Image":
        return [Layer("ELLIPSE", "Photo", size, size, fill=system.color_styles["Accent/Mint"])]
    if values["Type"] == "Icon":
        return [make_instance(system.icons["User"], "Icon")]
    return [make_text("Initials", "AB", system.text_styles["Label/Small"], system.color_styles["Text/Primary"])]


def _avatar_group_layers(system: DesignSystem, values: dict[str, str], names: Names) -> list[Layer]:  # noqa: ARG001
    return [
        make_instance(system.variant("Avatar", Size="Small"), f"Avatar {index + 1}")
        for index in range(int(values["Count"]))
    ]


def _label_with_dot_layers(system: DesignSystem, values: dict[str, str], names: Names) -> list[Layer]:
    tone = f"Tone/{values.get('Tone', 'Neutral')}"
    dot = Layer("ELLIPSE", "Dot", 8, 8, fill=system.color_styles[tone])
    close = [make_instance(system.icons["Close"], "Remove")] if values.get("Removable") == "Yes" else []
    return [dot, _make_label(system, names, "Label", "Label/Small", tone), *close]


def _card_layers(system: DesignSystem, values: dict[str, str], names: Names) -> list[Layer]:
    media = Layer(
        "RECTANGLE",
        "Media",
        224,
        120,
        fill=system.color_styles["Surface/Sunken"],
        is_hidden=values["Layout"] == "Text only",
    )
    person = make_instance(system.variant("Avatar", Size="Medium"), "Author")
    title = _make_label(system, names, "Card title", "Heading/Small", "Text/Primary")
    header = make_frame(
        "Head", 224, 40, person, title, make_instance(system.variant("Badge"), "Badge"), layout="HORIZONTAL"
    )
    body = make_text(
        "Body", "Supporting text", system.text_styles["Body/Small"], system.color_variables["Text/Secondary"]
    )
    action = make_instance(system.variant("Button", Kind="Secondary", Size="Small"), "Action")
    slot = Layer("SLOT", "Content", 224, 24, [make_text("Slot text", "Anything", system.text_styles["Caption"], None)])
    return [media, header, body, action, *([slot] if values["Layout"] == "Slot" else [])]


def _row_layers(system: DesignSystem, values: dict[str, str], names: Names) -> list[Layer]:
    leading = (
        make_instance(system.variant("Avatar", Size="Medium"), "Lead")
        if values.get("Type") == "Person"
        else _make_icon(system, "Tag", names)
    )
    title = _make_label(system, names, "Title", "Body/Medium", "Text/Primary")
    note = make_text("Note", "Supporting text", system.text_styles["Body/Small"], system.color_styles["Text/Secondary"])
    trailing = make_instance(
        system.variant("Toggle") if values.get("Type") == "Toggle" else system.icons["Chevron/Right"], "Trailing"
    )
    line = Layer(
        "LINE", "Divider", 224, 0, stroke=system.color_styles["Border/Default"], is_hidden=values.get("Divider") == "No"
    )
    return [leading, make_frame("Words", 120, 48, title, note, layout="VERTICAL", gap=2), trailing, line]


def _message_layers(system: DesignSystem, values: dict[str, str], names: Names) -> list[Layer]:
    tone = f"Tone/{values.get('Tone', 'Info')}"
    text = make_text(
        "Message", "Something happened", system.text_styles["Body/Small"], system.color_styles["Text/Primary"]
    )
    bar = Layer("RECTANGLE", "Bar", 4, 40, fill=system.color_styles[tone])
    return [
        bar,
        _make_icon(system, "Info", names, is_hidden=False),
        text,
        make_instance(system.variant("Icon button"), "Close"),
    ]


def _modal_layers(system: DesignSystem, values: dict[str, str], names: Names) -> list[Layer]:
    title = _make_label(system, names, "Are you sure?", "Heading/Medium", "Text/Primary")
    fields = [
        make_instance(system.variant("Input"), f"Field {index + 1}")
        for index in range(2 if values["Size"] == "Large" else 1)
    ]
    buttons = [make_instance(system.variant("Button", Kind=kind), kind) for kind in ("Secondary", "Primary")]
    actions = make_frame(
        "Actions", 224, 48, *buttons, layout="HORIZONTAL", effect_style=system.effect_styles["Elevation/Low"]
    )
    return [title, *fields, actions]


def _bar_layers(system: DesignSystem, values: dict[str, str], names: Names) -> list[Layer]:
    back = make_instance(system.variant("Icon button"), "Back")
    title = _make_label(system, names, "Title", "Label/Large", "Text/Primary")
    person = make_instance(
        system.variant("Avatar", Size="Small"), "Profile", is_hidden=values.get("Platform") == "Android"
    )
    return [back, title, make_instance(system.icons["Search"], "Search"), person]


def _tabs_layers(system: DesignSystem, values: dict[str, str], names: Names) -> list[Layer]:  # noqa: ARG001
    selected = int(values["Selected"])
    icons = ("Home", "Search", "Basket", "User")
    return [_make_tab(system, icon, index + 1 == selected) for index, icon in enumerate(icons)]


def _make_tab(system: DesignSystem, icon: str, is_selected: bool) -> Layer:
    label = make_text(
        "Tab label",
        icon,
        system.text_styles["Caption"],
        system.color_styles["Brand/Primary" if is_selected else "Text/Secondary"],
    )
    line = Layer(
        "RECTANGLE", "Indicator", 24, 2, is_hidden=not is_selected, fill=system.color_variables["Brand/Primary"]
    )
    return make_frame(
        f"Tab {icon}", 56, 48, make_instance(system.icons[icon], "Icon"), label, line, layout="VERTICAL", gap=2
    )


def _single_layers(system: DesignSystem, values: dict[str, str], names: Names) -> list[Layer]:
    header = _make_label(system, names, "Value", "Heading/Medium", "Text/Primary")
    body = make_text("Note", "Note", system.text_styles["Body/Small"], system.color_styles["Text/Secondary"])
    return [
        header,
        body,
        *([_make_icon(system, "Chevron/Down", names)] if values else [make_instance(system.icons["Info"], "Icon")]),
    ]


def _empty_layers(system: DesignSystem, values: dict[str, str], names: Names) -> list[Layer]:
    art = make_instance(system.illustrations["No results"], "Illustration")
    return [art, *_single_layers(system, values, names), make_instance(system.variant("Button"), "Action")]


STATES = ["Default", "Hover", "Disabled"]
FIELD_STATES = ["Default", "Focus", "Filled", "Error", "Disabled"]
ICON_LABEL: dict[str, bool | str] = {"Show icon": False, "Icon": "Plus", "Label": "Continue"}
LABEL: dict[str, bool | str] = {"Label": "Label"}

# page, name, variant options, other properties with their defaults, maker of the layers
CORE_SETS: tuple[tuple[str, str, dict[str, list[str]], dict[str, bool | str], VariantMaker], ...] = (
    (
        "Actions",
        "Button",
        {"Kind": ["Primary", "Secondary", "Ghost"], "Size": ["Large", "Medium", "Small"], "State": STATES},
        ICON_LABEL,
        _button_layers,
    ),
    (
        "Actions",
        "Icon button",
        {"Size": ["Large", "Small"], "State": STATES},
        {"Icon": "More"},
        _icon_button_layers,
    ),
    ("Actions", "Link", {"State": STATES}, ICON_LABEL, _button_layers),
    (
        "Forms",
        "Input",
        {"Size": ["Large", "Small"], "State": FIELD_STATES},
        {**ICON_LABEL, "Icon": "Search"},
        _field_layers,
    ),
    ("Forms", "Search field", {"State": FIELD_STATES[:3]}, {**ICON_LABEL, "Icon": "Search"}, _field_layers),
    ("Forms", "Select", {"State": FIELD_STATES[:4]}, {**ICON_LABEL, "Icon": "Chevron/Down"}, _field_layers),
    ("Forms", "Text area", {"State": FIELD_STATES[:3]}, LABEL, _field_layers),
    ("Forms", "Date field", {"State": FIELD_STATES}, {**ICON_LABEL, "Icon": "Calendar"}, _field_layers),
    ("Forms", "Checkbox", {"Checked": ["Off", "On", "Mixed"], "State": STATES[:2]}, LABEL, _choice_layers),
    ("Forms", "Radio", {"Checked": ["Off", "On"], "State": STATES[:2]}, LABEL, _choice_layers),
    ("Forms", "Toggle", {"Checked": ["Off", "On"], "State": STATES[:2]}, LABEL, _choice_layers),
    (
        "Display",
        "Avatar",
        {"Size": ["Medium", "Extra large", "Large", "Small"], "Type": ["Image", "Initials", "Icon"]},
        {},
        _avatar_layers,
    ),
    ("Display", "Avatar group", {"Count": ["2", "3", "4"]}, {}, _avatar_group_layers),
    ("Display", "Badge", {"Tone": list(TONES)}, LABEL, _label_with_dot_layers),
    ("Display", "Tag", {"Tone": list(TONES[:4]), "Removable": ["No", "Yes"]}, LABEL, _label_with_dot_layers),
    ("Display", "Progress", {"Tone": list(TONES[:2])}, LABEL, _label_with_dot_layers),
    ("Containers", "Card", {"Layout": ["Media", "Text only", "Slot"]}, LABEL, _card_layers),
    (
        "Display",
        "List row",
        {"Type": ["Plain", "Person", "Toggle"], "Divider": ["Yes", "No"]},
        {"Show icon": False, "Icon": "Tag", "Label": "Title"},
        _row_layers,
    ),
    ("Display", "Table row", {"State": STATES}, LABEL, _row_layers),
    ("Feedback", "Toast", {"Tone": list(TONES[1:])}, {}, _message_layers),
    ("Feedback", "Banner", {"Tone": list(TONES[1:4])}, {}, _message_layers),
    ("Feedback", "Tooltip", {"Side": ["Top", "Right", "Bottom", "Left"]}, LABEL, _single_layers),
    ("Feedback", "Modal", {"Size": ["Small", "Large"]}, LABEL, _modal_layers),
    ("Navigation", "Navigation bar", {"Platform": ["iOS", "Android"]}, LABEL, _bar_layers),
    ("Navigation", "Tab bar", {"Selected": ["1", "2", "3", "4"]}, {}, _tabs_layers),
    ("Navigation", "Pagination", {"State": STATES}, LABEL, _single_layers),
)
SINGLES = ("Stat tile", "Price", "Slider", "Skeleton", "Breadcrumb", *UNRELEASED)
CORE_SINGLES: tuple[tuple[str, str, VariantMaker], ...] = (
    (SUNSET_PAGE, "Empty state", _empty_layers),
    *(("More", name, _single_layers) for name in SINGLES),
    *(("Archive", name, _single_layers) for name in LEGACY),
)
