"""Rendered nodes, image fills and thumbnails: the addresses that the endpoints answer, and the pictures behind them."""

from __future__ import annotations

import hashlib
import io
import re
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.sax.saxutils import escape, quoteattr

import msgspec
from PIL import Image, ImageDraw

from figma_warehouse.sandbox.api.partial_documents import walk
from figma_warehouse.sandbox.api.refusal_error import RefusalError
from figma_warehouse.sandbox.api.request_parameters import RequestParameters, find_document, find_exportable_file
from figma_warehouse.sandbox.api.signed_urls import is_valid, sign_url

if TYPE_CHECKING:
    from figma_warehouse.sandbox.api.partial_documents import Node
    from figma_warehouse.sandbox.organisation import FileInfo, Organisation

MEDIA_TYPES = {"png": "image/png", "jpg": "image/jpeg", "svg": "image/svg+xml", "pdf": "application/pdf"}
FILL_MEDIA_TYPES = {"png": "image/png", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp"}
FLAG_DEFAULTS = {
    "svg_outline_text": True,
    "svg_include_id": False,
    "svg_include_node_id": False,
    "svg_simplify_stroke": True,
    "contents_only": True,
    "use_absolute_bounds": False,
}
MIN_SCALE, MAX_SCALE = 0.01, 4.0
MAX_PIXELS = 32_000_000
MAX_IDS = 100
RENDER_DAYS, FILL_DAYS = 30, 14
THUMBNAIL_PIXELS = 400
FILL_SIZE = (320, 200)
EPOCH = time.gmtime(0)


class PictureAnswer(NamedTuple):
    """An answer that is a picture instead of JSON."""

    body: bytes
    media_type: str


@dataclass(frozen=True)
class RenderedNode:
    """The part of a node that its picture shows: sizes in canvas pixels, the color as #rrggbb."""

    id: str
    name: str
    width: float
    height: float
    color: str
    is_renderable: bool


def images(org: Organisation, params: RequestParameters) -> bytes:
    """GET /v1/images/:key: an address for each id, null if the node cannot be rendered."""
    ids = params.node_ids()
    if not ids:
        raise RefusalError(400, "Missing required parameter: ids")
    if len(ids) > MAX_IDS:
        raise RefusalError(413, "Request Entity Too Large")
    format_, scale, flags = _render_options(params)
    file = find_exportable_file(org, params.path["file_key"])
    nodes = _nodes_at_version(org, file, params)
    renderable = {id_: nodes[id_] for id_ in ids if id_ in nodes and nodes[id_].is_renderable}
    if sum(node.width * node.height * scale**2 for node in renderable.values()) > MAX_PIXELS:
        raise RefusalError(400, "Render timeout, try requesting fewer or smaller images")
    options = {"scale": scale, "version": params.query.get("version", ""), **flags}

    def address(id_: str) -> str:
        return sign_url(org, params.base_url, f"{file.key}/{id_}.{format_}", RENDER_DAYS, **options)

    addresses = {id_: address(id_) if id_ in renderable else None for id_ in ids}
    return msgspec.json.encode({"err": None, "images": addresses})


def image_fills(org: Organisation, params: RequestParameters) -> bytes:
    """GET /v1/files/:key/images: an address for each image that a paint of the file refers to."""
    file = find_exportable_file(org, params.path["file_key"])
    answer = msgspec.json.decode(find_document(org, file, params))
    found = {ref: _fill_address(org, params, file, ref) for ref in sorted(_image_refs(answer["document"]))}
    return msgspec.json.encode({"error": False, "status": 200, "meta": {"images": found}, "i18n": None})


def picture(org: Organisation, params: RequestParameters) -> PictureAnswer:
    """The picture behind a signed address. Raises a 403 if the address is not valid, or has expired."""
    path = params.path["path"]
    if not is_valid(org, path, params.query):
        raise RefusalError(403, "Request has expired")
    key, _, name = path.partition("/")
    stem, _, format_ = name.rpartition(".")
    if key == "fills":
        return _render_fill(stem, format_)
    file = org.file(key)
    node = _nodes_at_version(org, file, params).get(stem) if file else None
    node = node or RenderedNode(stem, stem, 64, 64, _color_from(stem), is_renderable=True)
    side = max(node.width, node.height, 1)
    scale = float(params.query["scale"]) if "scale" in params.query else min(1, THUMBNAIL_PIXELS / side)
    return PictureAnswer(_render_node(node, format_, scale, params), MEDIA_TYPES[format_])


def _render_options(params: RequestParameters) -> tuple[str, float, dict[str, str]]:
    format_ = params.query.get("format", "png")
    if format_ not in MEDIA_TYPES:
        raise RefusalError(400, "Invalid format, must be one of: jpg, png, svg, pdf")
    given = params.query.get("scale", "1")
    scale = float(given) if re.fullmatch(r"\d+(\.\d+)?", given) else 0.0
    if not MIN_SCALE <= scale <= MAX_SCALE:
        raise RefusalError(400, "Scale must be a number between 0.01 and 4")
    flags = {name: params.query.get(name, str(default).lower()) for name, default in FLAG_DEFAULTS.items()}
    if not set(flags.values()) <= {"true", "false"}:
        raise RefusalError(400, "Flags must be true or false")
    return format_, scale, flags


def _fill_address(org: Organisation, params: RequestParameters, file: FileInfo, ref: str) -> str:
    formats = list(FILL_MEDIA_TYPES)
    format_ = formats[int(hashlib.sha256(ref.encode()).hexdigest(), 16) % len(formats)]
    return sign_url(org, params.base_url, f"fills/{ref}.{format_}", FILL_DAYS, of=file.key)


def _image_refs(document: Node) -> set[str]:
    painted = (part for node in walk(document) for part in (node, *node.get("styleOverrideTable", {}).values()))
    paints = (paint for part in painted for role in ("fills", "strokes") for paint in part.get(role, []))
    return {paint["imageRef"] for paint in paints if paint.get("imageRef")}


def _nodes_at_version(org: Organisation, file: FileInfo, params: RequestParameters) -> dict[str, RenderedNode]:
    return _read_nodes(org, file, params.query.get("version") or None)


@lru_cache(maxsize=3)
def _read_nodes(org: Organisation, file: FileInfo, version: str | None) -> dict[str, RenderedNode]:
    body = find_document(org, file, RequestParameters({}, {"version": version} if version else {}))
    stack: list[tuple[Node, bool]] = [(msgspec.json.decode(body)["document"], True)]
    found = {}
    while stack:
        node, is_visible = stack.pop()
        is_visible = is_visible and node.get("visible", True)
        found[node["id"]] = _read_node(node, is_visible)
        stack.extend((child, is_visible) for child in node.get("children", []))
    return found


def _read_node(node: Node, is_visible: bool) -> RenderedNode:
    box: dict[str, Any] = node.get("absoluteBoundingBox") or {}
    width, height = box.get("width") or 0, box.get("height") or 0
    paints = [paint["color"] for paint in node.get("fills", []) if paint.get("color") and paint.get("visible", True)]
    channels = [round(paints[0][name] * 255) for name in "rgb"] if paints else None
    color = "#{:02x}{:02x}{:02x}".format(*channels) if channels else _color_from(node["id"])
    return RenderedNode(node["id"], node["name"], width, height, color, is_visible and width > 0 and height > 0)


def _color_from(text: str) -> str:
    return f"#{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def _render_node(node: RenderedNode, format_: str, scale: float, params: RequestParameters) -> bytes:
    if format_ == "svg":
        return _render_svg(node, scale, params)
    image = Image.new("RGB", (max(1, round(node.width * scale)), max(1, round(node.height * scale))), node.color)
    # the built-in font has ASCII letters only
    ImageDraw.Draw(image).text((2, 2), node.name.encode("ascii", "replace").decode(), fill="black")
    return _encode_image(image, "JPEG" if format_ == "jpg" else format_.upper())


def _render_svg(node: RenderedNode, scale: float, params: RequestParameters) -> bytes:
    width, height = max(1, round(node.width * scale)), max(1, round(node.height * scale))
    attributes = f" id={quoteattr(node.name)}" if params.flag("svg_include_id") else ""
    attributes += f" data-node-id={quoteattr(node.id)}" if params.flag("svg_include_node_id") else ""
    label = "" if params.flag("svg_outline_text") else f'<text x="2" y="12">{escape(node.name)}</text>'
    rectangle = f'<rect width="{width}" height="{height}" fill="{node.color}"/>'
    head = f'<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}" fill="none"'
    return f'{head} xmlns="http://www.w3.org/2000/svg">\n<g{attributes}>{rectangle}{label}</g>\n</svg>\n'.encode()


def _render_fill(ref: str, format_: str) -> PictureAnswer:
    image = Image.new("RGB", FILL_SIZE, _color_from(ref))
    return PictureAnswer(_encode_image(image, format_.upper()), FILL_MEDIA_TYPES[format_])


def _encode_image(image: Image.Image, format_: str) -> bytes:
    out = io.BytesIO()
    # with the time of rendering, two PDFs of one node would differ
    dates = {"creationDate": EPOCH, "modDate": EPOCH} if format_ == "PDF" else {}
    image.save(out, format_, **dates)
    return out.getvalue()
