from pathlib import Path

from tests.sql.builds import Row, mart
from tests.sql.organisation import at

SCAN = {"files_expected": 4, "files_scanned": 3, "is_conclusive": False}

DESIGN = {"folder_id": "f1", "folder_path": "System", "team_id": "t1", "team_name": "Design"}
WEB = {"folder_id": "f2", "folder_path": "Apps / Web", "team_id": "t2", "team_name": "Product"}
LIB = {"file_key": "lib", "file_name": "Library", **DESIGN}
APP = {"file_key": "app", "file_name": "App", **WEB}
SITE = {"file_key": "site", "file_name": "Site", **WEB}

BUTTON = {"component_key": "button", "component_name": "Button"}
CARD = {"component_key": "card", "component_name": "Card"}
CARD_COPY = {"component_key": "card_copy", "component_name": "Card copy"}
GHOST = {"component_key": "ghost", "component_name": "Ghost"}
PANEL = {"component_key": "panel", "component_name": "Panel"}
ICON = {"component_key": "icon", "component_name": "Kind=Chevron"}

NO_SET = {"component_set_key": None, "component_set_name": None}
ICONS = {"component_set_key": "icons", "component_set_name": "Icon"}
PUBLISHED = {"library_file_key": "lib", "is_published": True}
ON_A_BRANCH = {"branch_usages": 1, "branch_files": 1}
LOCAL = {"library_file_key": None, "is_published": False}


def usage(*parts: Row, **counts: int) -> Row:
    none = dict.fromkeys(("direct", "nested", "in_definitions", "hidden", "usages", "placements", "pages"), 0)
    unseen = {"is_at_home": False, "first_seen_at": None, "last_seen_at": None}
    return _joined(none, unseen, *parts, counts)


def reach(*parts: Row, **counts: int) -> Row:
    kinds = ("usages", "placements", "in_definitions", "files_using", "folders_using", "teams_using", "pages")
    none = dict.fromkeys(("instances", *kinds, "branch_usages", "branch_files"), 0)
    return _joined(none, {"placement_share": 0.0, "published_at": None}, *parts, counts)


def link(file_key: str, node_id: str) -> Row:
    return {"sample_url": f"https://www.figma.com/design/{file_key}?node-id={node_id}"}


def test_component_usage_counts_each_component_in_each_main_file(warehouse: Path) -> None:
    seen: Row = {"first_seen_at": at(3, 1), "last_seen_at": at(5, 2)}
    home: Row = {"is_at_home": True}
    button, icon = BUTTON | NO_SET | PUBLISHED, ICON | ICONS | PUBLISHED

    assert mart(warehouse, "component_usage", "component_key, file_key") == [
        usage(button, APP, seen, link("app", "2-1"), instances=2, direct=2, hidden=1, usages=2, placements=1, pages=1),
        usage(button, LIB, home, link("lib", "1-8"), instances=1, direct=1, usages=1, pages=1),
        usage(button, SITE, link("site", "2-1"), instances=1, direct=1, usages=1, placements=1, pages=1),
        usage(CARD, NO_SET, PUBLISHED, APP, link("app", "2-4"), instances=1, in_definitions=1),
        usage(CARD_COPY, NO_SET, LOCAL, APP, link("app", "I2-5;2-4"), instances=1, nested=1, usages=1, pages=1),
        usage(icon, APP, link("app", "I2-2;1-2"), instances=2, nested=2, hidden=1, usages=2, pages=1),
        usage(icon, LIB, home, link("lib", "I1-8;1-2"), instances=2, nested=1, in_definitions=1, usages=1, pages=1),
        usage(PANEL, NO_SET, LOCAL, APP, link("app", "2-5"), instances=1, direct=1, usages=1, placements=1, pages=1),
    ]


def test_component_reach_lists_published_and_used_components_and_does_not_count_the_library_file(
    warehouse: Path,
) -> None:
    one: Row = dict.fromkeys(("files_using", "folders_using", "teams_using"), 1)
    button: Row = PUBLISHED | {"published_at": at(1, 1), "placement_share": 2 / 3}
    panel: Row = LOCAL | {"placement_share": 1 / 3}

    assert mart(warehouse, "component_reach", "component_key") == [
        reach(BUTTON, NO_SET, button, link("app", "2-1"), instances=4, usages=4, placements=2, pages=3)
        | one
        | {"files_using": 2},
        reach(CARD, NO_SET, PUBLISHED, {"published_at": at(4, 1)}, link("app", "2-4"), instances=1, in_definitions=1),
        reach(CARD_COPY, NO_SET, LOCAL, one, link("app", "I2-5;2-4"), instances=1, usages=1, pages=1),
        reach(GHOST, NO_SET, PUBLISHED, ON_A_BRANCH, {"published_at": at(5, 1), "sample_url": None}),
        reach(ICON, ICONS, PUBLISHED, one, {"published_at": at(1, 2)}, link("app", "I2-2;1-2"))
        | {"instances": 4, "usages": 3, "in_definitions": 1, "pages": 2},
        reach(PANEL, NO_SET, panel, one, link("app", "2-5"), instances=1, usages=1, placements=1, pages=1),
    ]


def test_unused_components_are_published_and_show_how_much_was_scanned(warehouse: Path) -> None:
    library = {"library_file_key": "lib", "library_file_name": "Library", **DESIGN}
    common = NO_SET | library | dict.fromkeys(("library_usages", "branch_usages", "branch_files"), 0) | SCAN
    common |= {"is_long_published": False, "is_needed_by_unpublished": False, "in_definitions": 0}
    card = {"published_at": at(4, 1), "days_published": 40.0, "published_for": "31 to 90 days"}
    ghost = {"published_at": at(5, 1), "days_published": 10.0, "published_for": "up to 30 days"}
    needed = {"is_needed_by_unpublished": True, "in_definitions": 1}

    assert mart(warehouse, "unused_components", "component_key") == [
        CARD | common | card | needed | {"figma_url": "https://www.figma.com/design/lib?node-id=1-5"},
        GHOST | common | ghost | ON_A_BRANCH | {"figma_url": "https://www.figma.com/design/lib?node-id=1-6"},
    ]


def test_unused_components_are_the_published_components_with_no_file_in_their_reach(warehouse: Path) -> None:
    unused = {row["component_key"] for row in mart(warehouse, "unused_components", "component_key")}
    reaching = mart(warehouse, "component_reach", "component_key")

    assert unused == {row["component_key"] for row in reaching if row["is_published"] and not row["files_using"]}


def _joined(*parts: Row) -> Row:
    return {name: value for part in parts for name, value in part.items()}
