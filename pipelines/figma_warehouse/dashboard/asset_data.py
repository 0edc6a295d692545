"""Stored pictures as data that a page can show: never as addresses, never with anything active in them."""

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
LARGEST_SHOWN = 5_000_000


def asset_data_uri(root: str, sha256: str | None, format_: str | None, side: int | None = None) -> str | None:
    """Return a stored picture as a `data:` address, to be the `src` of an `<img>`; None where there is none to show.

    `root` is the folder of assets. What is shown is checked by its content again and an SVG sanitised again, whoever
    wrote the file. A raster picture is shrunk to at most `side` pixels each way, as a PNG.
    """
    body = _read(root, sha256, format_) if sha256 and format_ in MEDIA_TYPES else None
    if body is None or len(body) > LARGEST_SHOWN:
        return None
    try:
        shown, media_type = _showable(body, side)
    except (BadPicture, OSError, ValueError, SyntaxError, MemoryError):
        return None
    return f"data:{media_type};base64,{base64.b64encode(shown).decode()}"


def _read(root: str, sha256: str, format_: str) -> bytes | None:
    try:
        return AssetFolder(root).read(sha256, format_, LARGEST_SHOWN + 1)
    except Exception as error:
        # whatever a store far away has to say: a page lacks the picture, not its figures
        LOG.warning("a picture cannot be read from %s: %s", urlsplit(root).scheme or root, type(error).__name__)
        return None


def _showable(body: bytes, side: int | None) -> tuple[bytes, str]:
    picture = read_picture(body)
    if picture.format == "svg":
        return sanitise_svg(body), MEDIA_TYPES["svg"]
    if picture.format not in MEDIA_TYPES:
        raise BadPicture(f"a {picture.format} is shown by no page")
    if side is None or max(picture.width or 0, picture.height or 0) <= side:
        return body, MEDIA_TYPES[picture.format]
    return _shrunk(body, side), MEDIA_TYPES["png"]


def _shrunk(body: bytes, side: int) -> bytes:
    small = io.BytesIO()
    with Image.open(io.BytesIO(body)) as image:
        image.thumbnail((side, side))
        image.convert("RGBA").save(small, "PNG", optimize=True)
    return small.getvalue()
