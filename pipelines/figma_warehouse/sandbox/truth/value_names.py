"""Names of values, as the marts write them: a color as #rrggbbaa, a font as family, size and weight."""

from __future__ import annotations

from typing import Any

from figma_warehouse.sandbox.company.blueprints import Component


def value_name(value: str | bool | Component) -> str:
    """A property's value as text: of a swap, the key of the component."""
    if isinstance(value, Component):
        return value.key
    return str(value).lower() if isinstance(value, bool) else value


def font_name(style: dict[str, Any]) -> str:
    """A font as people write it."""
    return f"{style['fontFamily']} {style['fontSize']:g} {style['fontWeight']}"
