"""Stored pictures as `data:` URIs: a page never loads a picture from an address, and shows no active content."""

import base64
import io
from urllib.parse import urlsplit

from PIL import Image

from figma_warehouse.logs import LOG
from figma_warehouse.source.pictures.asset_folder import AssetFolder
from figma_warehouse.source.pictures.formats import BadPicture, read_picture, sanitise_svg

MEDIA_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "svg": "image/svg+xml",
}
MAX_BYTES = 5_000_000


def asset_data_uri(root: str, sha256: str | None, format_: str | None, side: int | None = None) -> str | None:
    """Return a stored picture as a `data:` URI for the `src` of an `<img>`, or None if there is no picture to show.

    `root` is the folder of assets. The content of the file is checked and an SVG is sanitised again, because anybody
    may have written the file. A raster picture is shrunk to at most `side` pixels each way, as a PNG.
    """
    body = _read(root, sha256, format_) if sha256 and format_ in MEDIA_TYPES else None
    if body is None or len(body) > MAX_BYTES:
        return None
    try:
        content, media_type = _safe_content(body, side)
    except (BadPicture, OSError, ValueError, SyntaxError, MemoryError):
        return None
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"


def _read(root: str, sha256: str, format_: str) -> bytes | None:
    try:
        return AssetFolder(root).read(sha256, format_, MAX_BYTES + 1)
    except Exception as error:
        # a remote store raises errors of its own: the page lacks the picture then, but no figure
        LOG.warning("a picture cannot be read from %s: %s", urlsplit(root).scheme or root, type(error).__name__)
        return None


def _safe_content(body: bytes, side: int | None) -> tuple[bytes, str]:
    picture = read_picture(body)
    if picture.format == "svg":
        return sanitise_svg(body), MEDIA_TYPES["svg"]
    if picture.format not in MEDIA_TYPES:
        raise BadPicture(f"a {picture.format} is shown by no page")
    if side is None or max(picture.width or 0, picture.height or 0) <= side:
        return body, MEDIA_TYPES[picture.format]
    return _shrink(body, side), MEDIA_TYPES["png"]


def _shrink(body: bytes, side: int) -> bytes:
    small = io.BytesIO()
    with Image.open(io.BytesIO(body)) as image:
        image.thumbnail((side, side))
        image.convert("RGBA").save(small, "PNG", optimize=True)
    return small.getvalue()
