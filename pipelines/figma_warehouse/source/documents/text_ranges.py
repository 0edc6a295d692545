"""The looks of texts and vectors whose parts differ: what their characters and fill regions show."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from figma_warehouse.source.documents.model import Paint, RangeStyle, TypeStyle
from figma_warehouse.source.documents.paint_values import PaintValues, alias_id, paint_values

# the first code point that takes two of the units that Figma counts characters by
ASTRAL = "\U00010000"
MOST = 2**31 - 1
# without a text style of its own, a range that has one of these has none
DETACHING = ("font_family", "font_size", "font_weight", "line_height_px", "letter_spacing")
UNSTYLED = RangeStyle()


class Look(NamedTuple):
    """What some characters of a text, or a fill region of a vector, show; `override` is 0 for the base style."""

    override: int
    characters: int | None
    font_family: str | None
    font_size: float | None
    font_weight: float | None
    font_family_variable_id: str | None
    font_size_variable_id: str | None
    text_style_id: str | None
    fill_style_id: str | None
    fills: tuple[PaintValues, ...]


class Base(NamedTuple):
    """The parts of a node that its ranges deviate from."""

    characters: str | None
    style: TypeStyle | None
    styles: dict[str, str] | None
    fills: list[Paint] | None
    bound_variables: dict[str, Any] | None
    character_style_overrides: list[int] | None
    style_override_table: dict[str, RangeStyle | None] | None
    fill_override_table: dict[str, RangeStyle | None] | None


def looks_of(base: Base) -> list[Look]:
    """Return the looks of a node by their lowest override, none for a node that has a single look.

    A text without characters has its base look, with 0 characters. Which regions of a vector an override fills is not
    known, so all are shown, and the base as well.
    """
    overrides = base.character_style_overrides
    if overrides and any(overrides):
        return _text_looks(base, overrides)
    regions = _numbered(base.fill_override_table)
    if not regions:
        return []
    looks = [(0, UNSTYLED), *((override, regions[override]) for override in sorted(regions))]
    return _distinct(_look(base, override, part, None) for override, part in looks)


def shows(looks: list[Look], slot: str, style_id: str) -> bool:
    """Tell whether a node with these looks shows a style that it names for one of the slots of texts and fills."""
    if slot in ("text", "text_range"):
        return any(look.text_style_id == style_id for look in looks)
    if slot in ("fill", "fills", "fill_range"):
        return any(look.fill_style_id == style_id for look in looks)
    return True


def count_characters(characters: str, overrides: list[int]) -> Counter[int]:
    """Count the characters of each override: those beyond the list have none, and overrides beyond the text no use.

    Figma counts in UTF-16, where an emoji is two; it has the override of its first half.
    """
    if characters.isascii() or max(characters) < ASTRAL:
        counts = Counter(overrides[: len(characters)])
    else:
        starts, at = [], 0
        for character in characters:
            starts.append(at)
            at += 1 + (character >= ASTRAL)
        counts = Counter(overrides[start] for start in starts if start < len(overrides))
    counts[0] += len(characters) - counts.total()
    return counts


def _text_looks(base: Base, overrides: list[int]) -> list[Look]:
    table = _numbered(base.style_override_table)
    shown: Counter[int] = Counter()
    for override, count in count_characters(base.characters or "", overrides).items():
        shown[override if override in table else 0] += count
    looks = sorted((override, count) for override, count in shown.items() if count) or [(0, 0)]
    return _distinct(_look(base, override, table.get(override, UNSTYLED), count) for override, count in looks)


def _numbered(table: dict[str, RangeStyle | None] | None) -> dict[int, RangeStyle]:
    """Return the entries of a table of overrides by their ids; what a column cannot hold is no id."""
    numbered = ((int(name), part) for name, part in (table or {}).items() if part is not None and name.isdecimal())
    return {override: part for override, part in numbered if 0 < override <= MOST}


def _look(base: Base, override: int, part: RangeStyle, characters: int | None) -> Look:
    style = base.style or TypeStyle()
    styles = base.styles or {}
    keeps_style = all(getattr(part, name) is None for name in DETACHING)
    base_fill = styles.get("fill") or styles.get("fills")
    return Look(
        override,
        characters,
        style.font_family if part.font_family is None else part.font_family,
        style.font_size if part.font_size is None else part.font_size,
        style.font_weight if part.font_weight is None else part.font_weight,
        _variable(base, part, "font_family", "fontFamily"),
        _variable(base, part, "font_size", "fontSize"),
        part.inherit_text_style_id or (styles.get("text") if keeps_style else None),
        part.inherit_fill_style_id or (base_fill if part.fills is None else None),
        tuple(map(paint_values, (base.fills if part.fills is None else part.fills) or ())),
    )


def _variable(base: Base, part: RangeStyle, attribute: str, name: str) -> str | None:
    """Return the id of the variable that gives a look's family or size."""
    own = alias_id((part.bound_variables or {}).get(name))
    if own or getattr(part, attribute) is not None:
        return own
    of_style = alias_id(((base.style and base.style.bound_variables) or {}).get(name))
    return of_style or _base_variable(base, attribute, name)


def _base_variable(base: Base, attribute: str, name: str) -> str | None:
    """Return the variable of the base style: the node lists those of all its ranges together, in no order.

    It is the one that no range names; if ranges name all, the one of a range that shows the base's value.
    """
    listed = (base.bound_variables or {}).get(name)
    ids = [found for one in (listed if isinstance(listed, list) else [listed]) if (found := alias_id(one))]
    parts = [part for part in (base.style_override_table or {}).values() if part]
    named = {alias_id((part.bound_variables or {}).get(name)): getattr(part, attribute) for part in parts}
    value = getattr(base.style or TypeStyle(), attribute)
    free = [one for one in ids if one not in named]
    return next(iter([*free, *(one for one in ids if named.get(one) == value)]), None)


def _distinct(looks: Iterator[Look]) -> list[Look]:
    """Return the looks without repeats: of equal ones the first, with the characters of all."""
    found: dict[tuple[Any, ...], Look] = {}
    for look in looks:
        same = found.get(key := look[2:])
        if same is None:
            found[key] = look
        elif same.characters is not None:
            found[key] = same._replace(characters=same.characters + (look.characters or 0))
    return list(found.values())
