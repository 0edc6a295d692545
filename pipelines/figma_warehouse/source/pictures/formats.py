"""Detects the format and size of a picture from its bytes, never from a header or a name."""

import io
import re
import warnings
from dataclasses import dataclass
from xml.parsers import expat

import py_svg_hush

OPENED = ("PNG", "JPEG", "GIF", "WEBP")
# some cameras write JPEGs that contain several images: MPO
RASTER = {"PNG": "png", "JPEG": "jpg", "MPO": "jpg", "GIF": "gif", "WEBP": "webp"}
FORMATS = ("png", "jpg", "gif", "webp", "svg", "pdf")
# Figma renders at most 32 million pixels
MAX_PIXELS = 40_000_000
# the columns width and height are 32-bit
MAX_SIDE = 2**31 - 1
EMBEDDED = {"image": ["png", "jpeg", "gif", "webp"]}
# at a depth of 100,000 elements, the sanitiser takes 1 GB of memory and then panics
MAX_DEPTH = 200
SVG_ROOT = re.compile(rb"<svg\b[^>]*>", re.DOTALL)
SVG_SIZE = re.compile(rb'\s(width|height)="([0-9.]+)(?:px)?"')


class BadPicture(Exception):
    """The bytes are not a picture in one of FORMATS, or the picture is too large to open."""


@dataclass(frozen=True)
class Picture:
    """The bytes of a picture, its format (one of FORMATS), and its size in pixels, None if it has none."""

    body: bytes
    format: str
    width: int | None
    height: int | None


@dataclass(frozen=True)
class Asset:
    """A stored picture: hash, format and number of the stored bytes, and the size in pixels, None if it has none."""

    sha256: str
    format: str
    bytes: int
    width: int | None
    height: int | None


def read_picture(body: bytes) -> Picture:
    """Detect the format and size of a picture from its bytes. Raises BadPicture."""
    if body.startswith(b"%PDF-"):
        return Picture(body, "pdf", None, None)
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return _read_svg(body)
    return _read_raster(body)


def sanitise_svg(body: bytes) -> bytes:
    """Return an SVG without scripts, event handlers and links to other hosts. Raises BadPicture."""
    _check_depth(body)
    try:
        clean: bytes = py_svg_hush.filter_svg(body, keep_data_url_mime_types=EMBEDDED)
    except ValueError as error:
        raise BadPicture(f"not an SVG: {error}") from error
    if not SVG_ROOT.search(clean):
        raise BadPicture("not an SVG: it has no svg element")
    if len(clean) > 2 * len(body) + 100_000:
        raise BadPicture("an SVG that expands to several times its size")
    return clean


def _check_depth(body: bytes) -> None:
    """Raise BadPicture if the XML is not well-formed, or nested deeper than a real drawing."""
    depth = 0

    def begin(*_: object) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise BadPicture(f"an SVG with more than {MAX_DEPTH} levels")

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = begin, end
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise BadPicture(f"not an SVG: {error}") from error


def _read_svg(body: bytes) -> Picture:
    root = SVG_ROOT.search(sanitise_svg(body))
    sizes = {name: _pixels(value) for name, value in SVG_SIZE.findall(root[0] if root else b"")}
    return Picture(body, "svg", sizes.get(b"width"), sizes.get(b"height"))


def _pixels(written: bytes) -> int | None:
    """Return a length as whole pixels; None if it is not a number or too large."""
    try:
        pixels = round(float(written))
    except (ValueError, OverflowError):
        return None
    return pixels if pixels <= MAX_SIDE else None


def _read_raster(body: bytes) -> Picture:
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _read_header(body)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadPicture("it has too many pixels to open") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise BadPicture("not a picture in a known format") from error


def _read_header(body: bytes) -> Picture:
    from PIL import Image

    with Image.open(io.BytesIO(body), formats=OPENED) as image:
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise BadPicture(f"{width} × {height} pixels are too many to open")
        image.verify()
        return Picture(body, RASTER[str(image.format)], width, height)
