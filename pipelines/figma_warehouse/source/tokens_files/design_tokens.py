"""Files of the Design Tokens Community Group, and the files that Figma exports for each mode of a collection.

https://www.designtokens.org/tr/2025.10/format/ has the format. Groups are objects, tokens are objects with `$value`:

    {"color": {"$type": "color",
               "brand": {"$value": "#ff0000", "$extensions": {"com.figma.variableId": "VariableID:1:2"}},
               "text": {"$value": "{color.brand}"}},
     "$extensions": {"com.figma.modeName": "Light", "com.figma.fileKey": "..."}}

What Figma adds is in `$extensions`, as "com.figma.variableId" or as {"com.figma": {"variableId": ...}}: the id or the
key of the variable, the variable that gives the value (aliasData), and at the top the mode, the collection and the
file. `$ref` and `$extends` are not
followed. A value that no variable can have, such as a shadow, is left out.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

from figma_warehouse.source.api.values import as_object, as_text
from figma_warehouse.source.documents.paint_values import hex_code
from figma_warehouse.source.listings.variables import value_columns
from figma_warehouse.source.tokens_files.named_tokens import Alias, NamedToken, TokensFile, identify

VENDOR = "com.figma"
ALIAS = re.compile(r"\{([^{}]+)\}")
HEX = re.compile(r"#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})")
# the group's own token
ROOT = "$root"
TYPES = {
    "color": "COLOR",
    **dict.fromkeys(("dimension", "number", "fontWeight", "duration"), "FLOAT"),
    **dict.fromkeys(("string", "fontFamily"), "STRING"),
    "boolean": "BOOLEAN",
}
DEEPEST = 100


def design_tokens(file: TokensFile) -> Iterator[NamedToken]:
    """Yield the tokens of a file. Raises BadTokensFile."""
    about = figma_extensions(file.document)
    collection, mode = _named_by_path(file.path)
    collection, mode = _label(file, about, "collectionName") or collection, _label(file, about, "modeName") or mode
    file_key = about.get("fileKey") or file.file_key
    for place, names, type_, one in _walk(file, file.document, (), None):
        extensions = figma_extensions(one)
        yield NamedToken(
            place=place,
            name=file.check_name(place, "/".join(names)),
            id=as_text(extensions.get("variableId") or extensions.get("id")),
            variable=identify(
                extensions.get("variableId") or extensions.get("id"),
                extensions.get("variableKey") or extensions.get("key"),
                extensions.get("fileKey") or file_key,
            ),
            description=as_text(one.get("$description")),
            resolved_type=TYPES.get(type_ or ""),
            alias=_alias(file, place, one["$value"], extensions, file_key),
            value=_value(one["$value"]),
            collection=collection,
            mode=mode,
        )


def figma_extensions(one: Mapping[str, Any]) -> dict[str, Any]:
    """Return what Figma's extensions of a token or group say, by their names without `com.figma`."""
    given = as_object(one.get("$extensions"))
    flat = {name.removeprefix(f"{VENDOR}."): value for name, value in given.items() if name.startswith(f"{VENDOR}.")}
    return as_object(given.get(VENDOR)) | flat


def _walk(
    file: TokensFile, group: Mapping[str, Any], names: tuple[str, ...], type_: str | None
) -> Iterator[tuple[str, tuple[str, ...], str | None, dict[str, Any]]]:
    """Yield the place, the names, the type and the object of each token in a group."""
    type_ = as_text(group.get("$type")) or type_
    if len(names) > DEEPEST:
        raise file.fail("/".join(names[:3]), f"groups are nested in more than {DEEPEST} levels")
    for name, one in group.items():
        if name.startswith("$") and name != ROOT:
            continue
        path = (*names, name)
        place = "/".join(path)
        if not isinstance(one, dict):
            raise file.fail(place, "this is neither a group nor a token with $value")
        if "$value" in one:
            yield place, path, as_text(one.get("$type")) or type_, one
        else:
            yield from _walk(file, one, path, type_)


def _alias(file: TokensFile, place: str, value: object, extensions: dict[str, Any], file_key: object) -> Alias | None:
    if data := as_object(extensions.get("aliasData")):
        name, collection = (as_text(data.get(f"targetVariable{one}")) for one in ("Name", "SetName"))
        target = identify(data.get("targetVariableId"), data.get("targetVariableKey"), file_key)
        checked = [one and file.check_name(place, one) for one in (name, collection)]
        return Alias(checked[0], as_text(data.get("targetVariableId")), target, checked[1], is_elsewhere=True)
    found = ALIAS.fullmatch(value) if isinstance(value, str) else None
    return Alias(file.check_name(place, found[1].replace(".", "/"))) if found else None


def _value(value: object) -> str | None:
    """Return a value as text; None if another token gives it, or if no variable can have it."""
    if isinstance(value, list):
        return ", ".join(map(str, value)) if all(isinstance(one, str) for one in value) else None
    if isinstance(value, dict):
        return _color(value) if "colorSpace" in value or "hex" in value else _with_unit(value)
    if isinstance(value, str):
        if ALIAS.fullmatch(value):
            return None
        return _hex_color(value) or re.sub(r"^(-?[\d.]+)px$", r"\1", value)
    return (value_columns(value) or {}).get("value")


def _hex_color(text: str) -> str | None:
    if not (found := HEX.fullmatch(text.lower())):
        return None
    digits = found[1] if len(found[1]) > 4 else "".join(one * 2 for one in found[1])
    return f"#{digits:f<8}"


def _color(value: dict[str, Any]) -> str | None:
    """Return a color as #rrggbbaa; None if it is of another color space than sRGB and has no hexadecimal form."""
    parts, alpha = value.get("components"), value.get("alpha", 1)
    numbers = [*parts, alpha] if isinstance(parts, list) else []
    is_rgb = value.get("colorSpace") == "srgb" and len(numbers) == 4
    if is_rgb and all(isinstance(one, (int, float)) for one in numbers):
        return hex_code(*map(float, numbers))
    opaque = _hex_color(as_text(value.get("hex")) or "")
    if opaque is None or not isinstance(alpha, (int, float)):
        return None
    return opaque if len(str(value["hex"])) == 9 else opaque[:7] + hex_code(float(alpha))[1:]


def _with_unit(value: dict[str, Any]) -> str | None:
    number, unit = (value_columns(value.get("value")) or {}).get("value"), as_text(value.get("unit"))
    return None if number is None or unit is None else number + unit.removeprefix("px")


def _label(file: TokensFile, about: dict[str, Any], name: str) -> str | None:
    text = as_text(about.get(name))
    return file.check_name(f"$extensions/{VENDOR}.{name}", text) if text else None


def _named_by_path(path: str) -> tuple[str | None, str]:
    """Return the collection and the mode that the name of a file gives: Collection.Mode.tokens.json or Mode.json."""
    stem = PurePath(path).name.removesuffix(".json").removesuffix(".tokens")
    collection, has_both, mode = stem.partition(".")
    return (collection, mode) if has_both and collection and mode else (None, stem)
