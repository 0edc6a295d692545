"""Libraries of other organisations that the company's files use: no listing has them, and their items answer by key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from figma_warehouse.sandbox.answer_values import format_time_in_milliseconds, user_row
from figma_warehouse.sandbox.company.layers import Component, make_file_key, make_frame, make_key, make_text
from figma_warehouse.sandbox.organisation import PublishedRow, User

if TYPE_CHECKING:
    from datetime import datetime

    from figma_warehouse.sandbox.company.design_system import DesignSystem

COMMUNITY_KIT, AGENCY_KIT = "community kit", "agency kit"
# the company retired this text style; the agency that drew it still publishes it
AGENCY_STYLE = "Legacy/Body"
TEAM_ID = "1200000000000009999"
PUBLISHER = User("900000000000000999", "other-organisation")


def make_community_component() -> Component:
    """A component of the community kit."""
    root = make_frame("Chip", 80, 32, make_text("Label", "From the community", None, "#14161f"))
    root.children[0].node_id = "7:2"
    return Component(make_key(COMMUNITY_KIT, "Chip"), "Chip", COMMUNITY_KIT, 9001, root)


def published_elsewhere(system: DesignSystem, at: datetime) -> dict[str, list[PublishedRow]]:
    """What these libraries publish, by kind; `at` is the time of the publication."""
    chip = make_community_component()
    frame = {"pageId": "0:1", "pageName": "Chips"}
    style = next(one for one in system.retired_styles if one.name == AGENCY_STYLE)
    of_style = {"style_type": style.type, "sort_position": "0001"}
    return {
        "components": [_published_row(COMMUNITY_KIT, chip.key, "7:1", chip.name, at, containing_frame=frame)],
        "component_sets": [],
        "styles": [_published_row(AGENCY_KIT, style.key, "2:1", style.name, at, **of_style)],
    }


def _published_row(library: str, key: str, node_id: str, name: str, at: datetime, **more: Any) -> PublishedRow:
    file_key, time = make_file_key(library), format_time_in_milliseconds(at)
    row = {
        "key": key,
        "file_key": file_key,
        "node_id": node_id,
        "name": name,
        "description": f"{name} of the {library}",
        "created_at": time,
        "updated_at": time,
        "user": user_row(PUBLISHER),
    }
    return PublishedRow(1, TEAM_ID, file_key, key, row | more)
