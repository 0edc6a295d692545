"""A small organisation, written by hand: a library, two files that use it, and everything that must not be counted."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from tests.sql.builds import Row, Rows


def at(month: int, day: int, hour: int = 0) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def rows() -> dict[str, list[Row]]:
    """Return the rows of every raw table; each call returns a new copy."""
    return deepcopy(ROWS)


def rows_without_the_locked_file() -> Rows:
    """Return the same organisation after the removal of the only file that could not be read."""
    data = rows()
    for file in data["files"]:
        if file["file_key"] == "locked":
            file["removed_at"] = at(5, 10)
    return data


def _files() -> list[Row]:
    return [
        _file("lib", "Library", "f1", "t1", at(5, 1)),
        _file("app", "App", "f2", "t2", at(5, 2)),
        _file("site", "Site", "f2", "t2", at(5, 3)),
        _file("branch", "App, new header", "f2", "t2", at(5, 4), main_file_key="app"),
        _file("deck", "Slides", "f2", "t2", at(5, 5)),
        _file("locked", "Locked", "f2", "t2", at(5, 6)),
        _file("gone", "Gone", "f2", "t2", at(2, 1), removed_at=at(4, 1)),
    ]


def _file(key: str, name: str, folder_id: str, team_id: str, modified: datetime, **more: Any) -> Row:
    common = {"file_key": key, "name": name, "folder_id": folder_id, "team_id": team_id, "last_modified_at": modified}
    return common | more


def _document(key: str, modified: datetime) -> Row:
    return {
        "file_key": key,
        "version": f"{modified.month}-{modified.day}",
        "last_modified_at": modified.replace(microsecond=700_000),
        "listed_modified_at": modified,
        "loaded_at": modified,
    }


def _nodes(file_key: str, *nodes: Row) -> list[Row]:
    """Return nodes in document order. A layer is visible and on page 0:1 unless it says otherwise."""
    pages = [_node("0:0", "DOCUMENT", page_id=None), _node("0:1", "CANVAS", page_id="0:1")]
    return [{"file_key": file_key, "preorder": index} | node for index, node in enumerate([*pages, *nodes])]


def _node(node_id: str, type_: str, *, is_visible: bool = True, **more: Any) -> Row:
    common = {"node_id": node_id, "type": type_, "page_id": "0:1"}
    return common | {"is_visible": is_visible, "is_effectively_visible": is_visible} | more


def _with_component_ids(nodes: list[Row]) -> list[Row]:
    """Return the nodes, each instance with the id that the map of its file gives its component."""
    ids = {(row["file_key"], row["component_key"]): row["node_id"] for row in _file_components()}
    return [node | {"component_id": ids.get((node["file_key"], node.get("component_key")))} for node in nodes]


def _paint(file_key: str, node_id: str, color: str) -> Row:
    place = {"file_key": file_key, "node_id": node_id, "role": "fill", "position": 0}
    return place | {"type": "SOLID", "color": color, "opacity": 1.0, "is_visible": True}


def _instance(node_id: str, component_key: str | None, **more: Any) -> Row:
    return _node(node_id, "INSTANCE", component_key=component_key, **more)


def _library_nodes() -> list[Row]:
    return _nodes(
        "lib",
        _node("1:1", "COMPONENT", definition_id="1:1"),
        _instance("1:2", "icon", definition_id="1:1"),
        _node("1:30", "COMPONENT_SET", definition_id="1:30"),
        _node("1:3", "COMPONENT", definition_id="1:3"),
        _node("1:5", "COMPONENT", definition_id="1:5"),
        _node("1:6", "COMPONENT", definition_id="1:6"),
        _instance("1:8", "button"),
        _instance("I1:8;1:2", "icon", instance_id="1:8"),
    )


def _app_nodes() -> list[Row]:
    return _nodes(
        "app",
        _instance("2:2", "button", is_visible=False),
        _instance("I2:2;1:2", "icon", instance_id="2:2", is_visible=False),
        _instance("2:1", "button"),
        _instance("I2:1;1:2", "icon", instance_id="2:1"),
        _node("2:3", "COMPONENT", definition_id="2:3"),
        _instance("2:4", "card", definition_id="2:3"),
        _instance("2:5", "panel", page_id="0:2"),
        _instance("I2:5;2:4", "card_copy", instance_id="2:5", page_id="0:2"),
        _instance("2:6", None),
        _node("2:7", "FRAME"),
        _node("2:8", "TEXT", font_family="Inter", font_size=14.5, font_weight=600.0),
        _node("2:9", "FRAME", is_visible=False),
        _node("2:10", "FRAME"),
    )


def _site_nodes() -> list[Row]:
    return _nodes("site", _instance("2:1", "button"), _node("2:7", "FRAME"))


def _branch_nodes() -> list[Row]:
    return _nodes("branch", _instance("2:1", "ghost"), _node("2:7", "FRAME"))


def _node_styles() -> list[Row]:
    references = [
        ("app", "2:7", "fill", "S:brand", "brand"),
        ("app", "2:7", "stroke", "S:brand", "brand"),
        ("app", "2:9", "fill", "S:lost", "lost"),
        ("app", "2:8", "text", "S:body", "body"),
        ("app", "2:8", "fill", "S:brand", "brand"),
        ("app", "2:10", "fill", "S:missing", None),
        ("site", "2:7", "fill", "S:accent", "accent"),
        ("branch", "2:7", "fill", "S:quiet", "quiet"),
    ]
    columns = ("file_key", "node_id", "slot", "style_id", "style_key")
    return [dict(zip(columns, reference, strict=True)) for reference in references]


def _node_variables() -> list[Row]:
    space, later = "VariableID:space/1:9", "VariableID:space/2:9"
    bindings = [
        ("app", "2:7", "itemSpacing", space, "space"),
        ("app", "2:7", "paddingTop", space, "space"),
        ("app", "2:9", "itemSpacing", later, "space"),
        ("app", "2:10", "fills/0", "VariableID:1:1", None),
        ("site", "2:7", "itemSpacing", later, "space"),
        ("branch", "2:7", "itemSpacing", space, "space"),
        ("branch", "2:7", "opacity", "VariableID:1:1", None),
    ]
    columns = ("file_key", "node_id", "property", "variable_id", "variable_key")
    return [dict(zip(columns, binding, strict=True)) for binding in bindings]


def _file_components() -> list[Row]:
    return [
        _file_component("lib", "1:1", "button", "Button", is_remote=False),
        _file_component("lib", "1:3", "icon", "Kind=Chevron", is_remote=False, component_set_key="icons"),
        _file_component("lib", "1:5", "card", "Card", is_remote=False),
        _file_component("lib", "1:6", "ghost", "Ghost", is_remote=False),
        _file_component("app", "9:1", "button", "Button, old name", is_remote=True),
        _file_component("app", "9:2", "icon", "Kind=Chevron", is_remote=True),
        _file_component("app", "9:3", "card", "Card", is_remote=True),
        _file_component("app", "9:4", "card_copy", "Card copy", is_remote=True),
        _file_component("app", "2:3", "panel", "Panel", is_remote=False),
        _file_component("site", "2:3", "button", "Button", is_remote=True),
        _file_component("branch", "9:1", "ghost", "Ghost", is_remote=True),
    ]


def _file_component(file_key: str, node_id: str, key: str, name: str, **more: Any) -> Row:
    return {"file_key": file_key, "node_id": node_id, "component_key": key, "name": name} | more


def _file_style(file_key: str, node_id: str, key: str, name: str, style_type: str, *, is_remote: bool | None) -> Row:
    common = {"file_key": file_key, "node_id": node_id, "style_key": key, "name": name}
    return common | {"style_type": style_type, "is_remote": is_remote}


def _component(key: str, node_id: str, name: str, **more: Any) -> Row:
    return {"component_key": key, "file_key": "lib", "node_id": node_id, "team_id": "t1", "name": name} | more


def _snapshot(key: str, modified: datetime, **counts: int) -> Row:
    sizes = {"pages": 1, "component_definitions": 0, "text_nodes": 0, "styles": 0, "bytes": 1000} | counts
    state = {"file_key": key, "version": f"{modified.month}-{modified.day}", "last_modified_at": modified}
    return state | {"loaded_at": modified, "name": "Name at that time"} | sizes


def _outcome(resource: str, item_id: str, status: str, **more: Any) -> Row:
    common = {"run_id": "r1", "resource": resource, "item_id": item_id, "file_key": item_id, "status": status}
    return common | {"finished_at": at(5, 11)} | more


ROWS: dict[str, list[Row]] = {
    "teams": [{"team_id": "t1", "name": "Design"}, {"team_id": "t2", "name": "Product"}],
    "folders": [
        {"folder_id": "f1", "team_id": "t1", "name": "System", "path": "System"},
        {"folder_id": "f2", "team_id": "t2", "name": "Web", "path": "Apps / Web"},
    ],
    "files": _files(),
    "documents": [
        _document("lib", at(5, 1)),
        _document("app", at(5, 2)),
        _document("site", at(5, 3)),
        _document("branch", at(5, 4)),
    ],
    "nodes": _with_component_ids([*_library_nodes(), *_app_nodes(), *_site_nodes(), *_branch_nodes()]),
    "node_styles": _node_styles(),
    "node_variables": _node_variables(),
    "node_paints": [
        _paint("app", "2:9", "#112233ff"),
        _paint("app", "2:8", "#000000ff"),
    ],
    "file_components": _file_components(),
    "file_component_sets": [
        {"file_key": "lib", "node_id": "1:30", "component_set_key": "icons", "name": "Icon", "is_remote": False},
    ],
    "file_styles": [
        _file_style("app", "S:brand", "brand", "Brand/Main", "FILL", is_remote=True),
        _file_style("app", "S:body", "body", "Body/Old", "TEXT", is_remote=True),
        _file_style("app", "S:lost", "lost", "Red", "FILL", is_remote=True),
        _file_style("site", "S:accent", "accent", "Accent", "FILL", is_remote=False),
        _file_style("site", "S:spare", "spare", "Spare", "EFFECT", is_remote=None),
        _file_style("branch", "S:draft", "draft", "Draft", "FILL", is_remote=False),
    ],
    "components": [
        _component("button", "1:1", "Button", created_at=at(1, 1)),
        _component("icon", "1:3", "Kind=Chevron", created_at=at(1, 2), component_set_node_id="1:30"),
        _component("card", "1:5", "Card", created_at=at(4, 1)),
        _component("ghost", "1:6", "Ghost", created_at=at(5, 1)),
        _component("old", "1:7", "Old button", created_at=at(1, 1), removed_at=at(3, 1)),
    ],
    "component_sets": [{"component_set_key": "icons", "file_key": "lib", "node_id": "1:30", "name": "Icon"}],
    "styles": [
        {"style_key": "brand", "file_key": "lib", "node_id": "5:1", "name": "Brand/Main", "style_type": "FILL"},
        {"style_key": "quiet", "file_key": "lib", "node_id": "5:2", "name": "Quiet", "style_type": "FILL"},
        {
            "style_key": "body",
            "file_key": "lib",
            "node_id": "5:3",
            "name": "Body/Old",
            "style_type": "TEXT",
            "removed_at": at(3, 1),
        },
    ],
    "file_snapshots": [
        _snapshot("app", at(3, 1), nodes=8, visible_nodes=7, instances=4),
        _snapshot("app", at(4, 1), nodes=10, visible_nodes=8, instances=5),
        _snapshot("app", at(5, 2), nodes=15, visible_nodes=10, instances=8),
        _snapshot("branch", at(5, 4), nodes=4, visible_nodes=4, instances=1),
        _snapshot("gone", at(2, 1), nodes=100, visible_nodes=100, instances=60),
    ],
    "snapshot_components": [
        {"file_key": "app", "version": "3-1", "last_modified_at": at(3, 1), "component_key": "button"},
        {"file_key": "app", "version": "5-2", "last_modified_at": at(5, 2), "component_key": "button"},
        {"file_key": "gone", "version": "2-1", "last_modified_at": at(2, 1), "component_key": "ghost"},
    ],
    "snapshot_styles": [
        {"file_key": "gone", "version": "2-1", "last_modified_at": at(2, 1), "style_key": "quiet"},
    ],
    "outcomes": [
        *(_outcome("documents", key, "loaded") for key in ("lib", "app", "site", "branch")),
        _outcome("documents", "deck", "skipped", reason="unsupported_type"),
        _outcome("documents", "locked", "skipped", reason="not_exportable", http_status=403, detail="No export"),
        _outcome("documents", "gone", "removed"),
        _outcome("components", "t1", "loaded", file_key=None),
    ],
    "runs": [{"run_id": "r1", "started_at": at(5, 11), "finished_at": at(5, 11, 1), "files_expected": 6}],
}
