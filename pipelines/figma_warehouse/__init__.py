"""Loads an organisation's Figma files into a DuckDB warehouse, with SQL models and dashboards on top."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from figma_warehouse.source.figma import figma

__all__ = ["figma"]


def __getattr__(name: str) -> Any:
    """Import the dlt source on first use, since that takes a second and few commands need it."""
    if name == "figma":
        from figma_warehouse.source.figma import figma

        return figma
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
