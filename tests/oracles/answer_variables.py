"""The rows of the tables of variables, from the answers of /variables/local and /variables/published.

A plain walk over the JSON, which shares no code with the loader.
"""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
Table = dict[tuple[str, ...], Json]

COPIED = {
    "variables": {
        "variable_key": "key",
        "collection_id": "variableCollectionId",
        "name": "name",
        "description": "description",
        "resolved_type": "resolvedType",
        "is_remote": "remote",
        "is_hidden_from_publishing": "hiddenFromPublishing",
    },
    "variableCollections": {
        "collection_key": "key",
        "name": "name",
        "default_mode_id": "defaultModeId",
        "parent_collection_id": "parentVariableCollectionId",
        "is_remote": "remote",
        "is_hidden_from_publishing": "hiddenFromPublishing",
    },
}


def variables(local: Json) -> Table:
    """By variable id."""
    return {
        (one["id"],): {column: one.get(name) for column, name in COPIED["variables"].items()}
        | {
            "is_deleted": "deletedButReferenced" in one,
            "scopes": ",".join(sorted(one["scopes"])),
            **{f"code_syntax_{name.lower()}": one["codeSyntax"].get(name) for name in ("WEB", "ANDROID", "iOS")},
        }
        for one in local["meta"]["variables"].values()
    }


def collections(local: Json) -> Table:
    """By collection id."""
    return {
        (one["id"],): {column: one.get(name) for column, name in COPIED["variableCollections"].items()}
        for one in local["meta"]["variableCollections"].values()
    }


def modes(local: Json) -> Table:
    """By collection id and mode id."""
    return {
        (one["id"], mode["modeId"]): {"name": mode["name"], "position": position, "parent_mode_id": None}
        for one in local["meta"]["variableCollections"].values()
        for position, mode in enumerate(one["modes"])
    }


def values(local: Json) -> Table:
    """By variable id, collection id and mode id."""
    return {
        (id_, one["variableCollectionId"], mode): columns
        for id_, one in local["meta"]["variables"].items()
        for mode, columns in _values(one)
    }


def _values(variable: Json) -> Iterator[tuple[str, Json]]:
    for mode, value in variable["valuesByMode"].items():
        is_alias = isinstance(value, dict) and value.get("type") == "VARIABLE_ALIAS"
        yield (
            mode,
            {
                "value": None if is_alias else _text(value),
                "alias_id": value["id"] if is_alias else None,
                "opacity": None,
                "opacity_alias_id": None,
            },
        )


def _text(value: Any) -> str:
    if isinstance(value, dict):
        # halves are rounded up
        return "#" + "".join(f"{int(value[name] * 255 + 0.5):02x}" for name in "rgba")
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).removesuffix(".0") if isinstance(value, float) else str(value)
