"""Colors and fonts as they show, and how far two of them are apart."""

from decimal import ROUND_HALF_UP, Decimal
from math import dist

from tests.oracles.marts.documents import Font, Json


def solid(paints: list[Json] | None) -> list[Json]:
    """The paints with one color that can be seen."""
    return [one for one in visible(paints) if one["type"] == "SOLID" and color(one)[7:] != "00"]


def visible(paints: list[Json] | None) -> list[Json]:
    return [one for one in paints or () if one.get("visible", True)]


def single_color(paints: list[Json] | None) -> str | None:
    """The color of what has exactly one visible paint, if that is solid."""
    shown = visible(paints)
    return color(shown[0]) if len(shown) == 1 and shown[0]["type"] == "SOLID" else None


def color(paint: Json) -> str:
    """#rrggbbaa, with the opacity of the paint in its alpha."""
    channels = [_whole(Decimal(repr(paint["color"].get(name, 0))) * 255) for name in "rgb"]
    alpha = _whole(Decimal(repr(paint["color"].get("a", 1))) * 255) * Decimal(repr(paint.get("opacity", 1)))
    return "#" + bytes([*channels, _whole(alpha)]).hex()


def color_variable(paint: Json) -> str | None:
    """The id of the variable that is bound to the color."""
    bound = (paint.get("boundVariables") or {}).get("color") or {}
    return bound.get("id")


def variable_key(variable_id: str | None) -> str | None:
    """The key of a variable of another file."""
    key, sign, _ = (variable_id or "").removeprefix("VariableID:").partition("/")
    return key if sign else None


def font_text(font: Font | None) -> str | None:
    """Family, size and weight in one text."""
    family, size, weight = font or (None, None, None)
    if family is None or size is None or weight is None:
        return None
    return f"{family} {_number(size)} {_number(weight)}"


def color_distance(one: str, other: str) -> float:
    """Distance in OKLab, with alpha as a fourth axis."""
    return dist(_oklab(one), _oklab(other))


def font_distance(one: Font, other: Font) -> float:
    """Difference in size and a hundredth of the difference in weight."""
    return abs((one[1] or 0) - (other[1] or 0)) + abs((one[2] or 0) - (other[2] or 0)) / 100


def _number(value: float) -> str:
    return repr(int(value) if value == int(value) else value)


def _whole(value: Decimal) -> int:
    return int(value.to_integral_value(ROUND_HALF_UP))


def _oklab(text: str) -> tuple[float, float, float, float]:
    red, green, blue, alpha = (int(text[start : start + 2], 16) / 255 for start in (1, 3, 5, 7))
    red, green, blue = _linear(red), _linear(green), _linear(blue)
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
        alpha,
    )


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
