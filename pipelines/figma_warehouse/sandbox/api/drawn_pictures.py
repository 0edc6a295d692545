"""Rendered nodes, image fills and thumbnails: what the endpoints answer, and the bytes behind their addresses."""

from __future__ import annotations

import hashlib
import io
import re
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

import msgspec
from PIL import Image, ImageDraw

from figma_warehouse.sandbox.api import trees
from figma_warehouse.sandbox.api.answers import Ask, Drawn, RefusalError, document_at, exportable_file
from figma_warehouse.sandbox.api.signing import is_good, sign

if TYPE_CHECKING:
    from figma_warehouse.sandbox.contract import FileCard, Organisation

FORMATS = {"png": "image/png", "jpg": "image/jpeg", "svg": "image/svg+xml", "pdf": "application/pdf"}
FILL_FORMATS = {"png": "image/png", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp"}
FLAGS = {
    "svg_outline_text": True,
    "svg_include_id": False,
    "svg_include_node_id": False,
    "svg_simplify_stroke": True,
    "contents_only": True,
    "use_absolute_bounds": False,
}
LEAST_SCALE, MOST_SCALE = 0.01, 4.0
PIXELS_AT_ONCE = 32_000_000
IDS_AT_ONCE = 100
RENDER_DAYS, FILL_DAYS = 30, 14
THUMBNAIL_SIDE = 400
FILL_SIZE = (320, 200)
EPOCH = time.gmtime(0)


@dataclass(frozen=True)
class Sketch:
    """As much of a node as a picture of it shows; sizes in canvas pixels, the colour as #rrggbb."""

    id: str
    name: str
    width: float
    height: float
    colour: str
    is_drawable: bool


def images(org: Organisation, ask: Ask) -> bytes:
    """GET /v1/images/:key: an address for each node asked for, null for one of which nothing can be drawn."""
    ids = ask.ids()
    if not ids:
        raise RefusalError(400, "Missing required parameter: ids")
    if len(ids) > IDS_AT_ONCE:
        raise RefusalError(413, "Request Entity Too Large")
    format_, scale, flags = _options(ask)
    card = exportable_file(org, ask.path["file_key"])
    sketches = _sketches_at(org, card, ask)
    wanted = {id_: sketches.get(id_) for id_ in ids}
    drawable = {id_: sketch for id_, sketch in wanted.items() if sketch and sketch.is_drawable}
    if sum(sketch.width * sketch.height * scale**2 for sketch in drawable.values()) > PIXELS_AT_ONCE:
        raise RefusalError(400, "Render timeout, try requesting fewer or smaller images")
    version = ask.query.get("version", "")

    def address(id_: str) -> str:
        return sign(
            org, ask.base_url, f"{card.key}/{id_}.{format_}", RENDER_DAYS, scale=scale, version=version, **flags
        )

    return msgspec.json.encode({"err": None, "images": {id_: address(id_) if id_ in drawable else None for id_ in ids}})


def image_fills(org: Organisation, ask: Ask) -> bytes:
    """GET /v1/files/:key/images: an address for each image that a paint of the file refers to."""
    card = exportable_file(org, ask.path["file_key"])
    answer = msgspec.json.decode(document_at(org, card, ask))
    found = {ref: _fill_address(org, ask, card, ref) for ref in sorted(_image_refs(answer["document"]))}
    return msgspec.json.encode({"error": False, "status": 200, "meta": {"images": found}, "i18n": None})


def picture(org: Organisation, ask: Ask) -> Drawn:
    """The bytes behind an address that one of the others gave out. Raises a 403 for one that is not good any more."""
    path = ask.path["path"]
    if not is_good(org, path, ask.query):
        raise RefusalError(403, "Request has expired")
    key, _, name = path.partition("/")
    stem, _, ending = name.rpartition(".")
    if key == "fills":
        return _draw_fill(stem, ending)
    card = org.file(key)
    sketch = _sketches_at(org, card, ask).get(stem) if card else None
    sketch = sketch or Sketch(stem, stem, 64, 64, _colour_of(stem), is_drawable=True)
    side = max(sketch.width, sketch.height, 1)
    scale = float(ask.query["scale"]) if "scale" in ask.query else min(1, THUMBNAIL_SIDE / side)
    return Drawn(_draw(sketch, ending, scale, ask), FORMATS[ending])


def _options(ask: Ask) -> tuple[str, float, dict[str, str]]:
    format_ = ask.query.get("format", "png")
    if format_ not in FORMATS:
        raise RefusalError(400, "Invalid format, must be one of: jpg, png, svg, pdf")
    given = ask.query.get("scale", "1")
    scale = float(given) if re.fullmatch(r"\d+(\.\d+)?", given) else 0.0
    if not LEAST_SCALE <= scale <= MOST_SCALE:
        raise RefusalError(400, "Scale must be a number between 0.01 and 4")
    flags = {name: ask.query.get(name, str(default).lower()) for name, default in FLAGS.items()}
    if not set(flags.values()) <= {"true", "false"}:
        raise RefusalError(400, "Flags must be true or false")
    return format_, scale, flags


def _fill_address(org: Organisation, ask: Ask, card: FileCard, ref: str) -> str:
    ending = list(FILL_FORMATS)[int(hashlib.sha256(ref.encode()).hexdigest(), 16) % len(FILL_FORMATS)]
    return sign(org, ask.base_url, f"fills/{ref}.{ending}", FILL_DAYS, of=card.key)


def _image_refs(document: trees.Node) -> set[str]:
    paints = (paint for node in trees.walk(document) for role in ("fills", "strokes") for paint in node.get(role, []))
    return {paint["imageRef"] for paint in paints if paint.get("imageRef")}


def _sketches_at(org: Organisation, card: FileCard, ask: Ask) -> dict[str, Sketch]:
    version = ask.query.get("version")
    return _sketches(org, card, version or None)


@lru_cache(maxsize=3)
def _sketches(org: Organisation, card: FileCard, version: str | None) -> dict[str, Sketch]:
    body = document_at(org, card, Ask({}, {"version": version} if version else {}))
    waiting: list[tuple[trees.Node, bool]] = [(msgspec.json.decode(body)["document"], True)]
    found = {}
    while waiting:
        node, shown = waiting.pop()
        shown = shown and node.get("visible", True)
        found[node["id"]] = _sketch(node, shown)
        waiting.extend((child, shown) for child in node.get("children", []))
    return found


def _sketch(node: trees.Node, shown: bool) -> Sketch:
    box: dict[str, Any] = node.get("absoluteBoundingBox") or {}
    width, height = box.get("width") or 0, box.get("height") or 0
    paints = [paint["color"] for paint in node.get("fills", []) if paint.get("color") and paint.get("visible", True)]
    channels = [round(paints[0][name] * 255) for name in "rgb"] if paints else None
    colour = "#{:02x}{:02x}{:02x}".format(*channels) if channels else _colour_of(node["id"])
    return Sketch(node["id"], node["name"], width, height, colour, shown and width > 0 and height > 0)


def _colour_of(words: str) -> str:
    return f"#{hashlib.sha256(words.encode()).hexdigest()[:6]}"


def _draw(sketch: Sketch, format_: str, scale: float, ask: Ask) -> bytes:
    if format_ == "svg":
        return _draw_svg(sketch, scale, ask)
    made = Image.new("RGB", (max(1, round(sketch.width * scale)), max(1, round(sketch.height * scale))), sketch.colour)
    # the built-in font knows no other letters
    ImageDraw.Draw(made).text((2, 2), sketch.name.encode("ascii", "replace").decode(), fill="black")
    return _encode(made, "JPEG" if format_ == "jpg" else format_.upper())


def _draw_svg(sketch: Sketch, scale: float, ask: Ask) -> bytes:
    width, height = max(1, round(sketch.width * scale)), max(1, round(sketch.height * scale))
    about = f" id={quoteattr(sketch.name)}" if ask.flag("svg_include_id") else ""
    about += f" data-node-id={quoteattr(sketch.id)}" if ask.flag("svg_include_node_id") else ""
    words = "" if ask.flag("svg_outline_text") else f'<text x="2" y="12">{escape(sketch.name)}</text>'
    rectangle = f'<rect width="{width}" height="{height}" fill="{sketch.colour}"/>'
    head = f'<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}" fill="none"'
    return f'{head} xmlns="http://www.w3.org/2000/svg">\n<g{about}>{rectangle}{words}</g>\n</svg>\n'.encode()


def _draw_fill(ref: str, ending: str) -> Drawn:
    return Drawn(_encode(Image.new("RGB", FILL_SIZE, _colour_of(ref)), ending.upper()), FILL_FORMATS[ending])


def _encode(made: Image.Image, format_: str) -> bytes:
    out = io.BytesIO()
    # a PDF would carry the time of day, and no two would be alike
    stamp = {"creationDate": EPOCH, "modDate": EPOCH} if format_ == "PDF" else {}
    made.save(out, format_, **stamp)
    return out.getvalue()
