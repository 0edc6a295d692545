"""Files in the form of the answer of /variables/local, as plugins and scripts save it, and of a plugin's collection.

{"meta": {"variables": {"VariableID:1:2": {...}}, "variableCollections": {"VariableCollectionId:1:1": {...}}}}
{"id": "VariableCollectionId:1:1", "name": "Color", "modes": {"1:0": "Light"}, "variables": [{...}]}
"""

from collections.abc import Iterator, Mapping
from typing import Any

from figma_warehouse.source.api.values import as_object, as_text, objects_of
from figma_warehouse.source.listings.variables import Objects, value_columns
from figma_warehouse.source.tokens_files.named_tokens import Alias, NamedToken, TokensFile, identify


def is_answer(document: Mapping[str, Any]) -> bool:
    """Tell whether a document has one of these two forms."""
    meta = as_object(document.get("meta")) or document
    is_collection = isinstance(document.get("variables"), list) and isinstance(document.get("modes"), dict)
    return is_collection or all(isinstance(meta.get(name), dict) for name in ("variables", "variableCollections"))


def answer_tokens(file: TokensFile) -> Iterator[NamedToken]:
    """Yield a token for each variable and mode that has a value. Raises BadTokensFile."""
    variables, collections = _maps(file.document)
    labels = {
        id_: file.check_name(f"variableCollections/{id_}/name", as_text(one.get("name")) or "")
        for id_, one in collections.items()
    }
    for id_, one in variables.items():
        place = f"variables/{id_}"
        file.check_name(f"{place}/name", as_text(one.get("name")) or "")
        collection_id = as_text(one.get("variableCollectionId")) or ""
        collection = collections.get(collection_id, {})
        modes = {str(mode.get("modeId")): as_text(mode.get("name")) for mode in objects_of(collection.get("modes"))}
        token = _token(file, place, id_, one, labels.get(collection_id))
        for mode_id, value in as_object(one.get("valuesByMode")).items():
            mode = modes.get(mode_id) or mode_id
            yield NamedToken(
                **token,
                mode=file.check_name(f"{place}/valuesByMode/{mode_id}", mode),
                is_default_mode=mode_id == collection.get("defaultModeId"),
                **_given(file, variables, value),
            )


def _token(
    file: TokensFile, place: str, variable_id: str, answer: dict[str, Any], collection: str | None
) -> dict[str, Any]:
    return {
        "place": place,
        "name": as_text(answer.get("name")) or "",
        "id": variable_id,
        "variable": identify(variable_id, answer.get("key"), file.file_key),
        "description": as_text(answer.get("description")),
        "resolved_type": as_text(answer.get("resolvedType")),
        "collection": collection,
    }


def _given(file: TokensFile, variables: Objects, value: object) -> dict[str, Any]:
    """Return the value, or the variable that gives it."""
    columns = value_columns(value) or {}
    if alias_id := columns.get("alias_id"):
        target = variables.get(alias_id, {})
        variable = identify(alias_id, target.get("key"), file.file_key)
        return {"alias": Alias(as_text(target.get("name")), alias_id, variable)}
    return {"value": columns.get("value")}


def _maps(document: Mapping[str, Any]) -> tuple[Objects, Objects]:
    """Return the variables and the collections of a file by their ids."""
    meta = as_object(document.get("meta")) or document
    if isinstance(meta.get("variables"), dict):
        found = (as_object(meta.get(name)) for name in ("variables", "variableCollections"))
        variables, collections = ({id_: one for id_, one in each.items() if as_object(one)} for each in found)
        return variables, collections
    return _plugin_collection(document)


def _plugin_collection(document: Mapping[str, Any]) -> tuple[Objects, Objects]:
    """Return the collection that a plugin exported in the form of an answer. Its first mode is the default."""
    id_, modes = as_text(document.get("id")) or "", as_object(document.get("modes"))
    listed = [{"modeId": mode_id, "name": name} for mode_id, name in modes.items()]
    variables = {
        str(one["id"]): {"resolvedType": one.get("type"), **one, "variableCollectionId": id_}
        for one in objects_of(document.get("variables"))
        if as_text(one.get("id"))
    }
    return variables, {id_: {"name": document.get("name"), "modes": listed, "defaultModeId": next(iter(modes), None)}}
