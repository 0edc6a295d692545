"""The values of a paint, as the tables of paints have them."""

from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple

from figma_warehouse.source.documents.model import Effect, Paint

COLORS_AT_HAND = 65_536
_channels = attrgetter("r", "g", "b", "a")


class PaintValues(NamedTuple):
    """The columns of one paint."""

    type: str | None = None
    color: str | None = None
    opacity: float | None = None
    is_visible: bool | None = None
    image_ref: str | None = None
    variable_id: str | None = None


def paint_values(paint: Paint) -> PaintValues:
    """Return the columns of a paint; its opacity is 1 if Figma does not send it."""
    opacity = 1.0 if paint.opacity is None else paint.opacity
    variable_id = alias_id((paint.bound_variables or {}).get("color"))
    return PaintValues(paint.type, color_of(paint), opacity, paint.visible, paint.image_ref, variable_id)


def color_of(paint: Paint | Effect) -> str | None:
    """Return the color of a solid paint, or of a shadow, as #rrggbbaa."""
    return hex_code(*_channels(paint.color)) if paint.color else None


def alias_id(alias: Any) -> str | None:
    """Return the id of the variable that an alias names, None for what is no alias."""
    return alias["id"] if isinstance(alias, dict) and isinstance(alias.get("id"), str) else None


@lru_cache(COLORS_AT_HAND)
def hex_code(*channels: float) -> str:
    """Return channels from 0 to 1 as #rrggbbaa; values beyond are cut to that range."""
    return "#" + "".join(f"{int(min(1.0, max(0.0, channel)) * 255 + 0.5):02x}" for channel in channels)
