"""Requests the URLs of rendered nodes (tier 1) and of image fills (tier 2).

The URLs differ with every request and expire, so they are for immediate download.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.api.refusals import FigmaError, Refused, decode_object
from figma_warehouse.source.endpoints import FILE_IMAGE_FILLS, RENDERS

FORMATS = ("png", "jpg", "svg", "pdf")
MIN_SCALE, MAX_SCALE = 0.01, 4.0
BATCH_IDS = 50
# how often the scale is halved for a node that is too large to render
MAX_HALVINGS = 4
TOO_LARGE = re.compile(r"timeout|too large|smaller", re.IGNORECASE)
OVERLOADED = (500, 504)


class BadOption(FigmaError):
    """A render parameter that Figma does not accept."""


@dataclass(frozen=True)
class RenderOptions:
    """The parameters of `GET images`, by the names that Figma gives them. Raises BadOption if one is out of range."""

    format: str = "png"
    scale: float = 1.0
    version: str | None = None
    svg_outline_text: bool = True
    svg_include_id: bool = False
    svg_include_node_id: bool = False
    svg_simplify_stroke: bool = True
    contents_only: bool = True
    use_absolute_bounds: bool = False

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise BadOption(f'format "{self.format}" is not one of {", ".join(FORMATS)}.')
        is_number = isinstance(self.scale, (int, float)) and not isinstance(self.scale, bool)
        if not is_number or not MIN_SCALE <= self.scale <= MAX_SCALE:
            raise BadOption(f"scale {self.scale} is not a number from {MIN_SCALE} to {MAX_SCALE:g}.")
        if self.version is not None and not re.fullmatch(r"[0-9]+", self.version):
            raise BadOption(
                f'version "{self.version}" is not a version id, which has digits only, as in the version history.'
            )
        for name, value in self.flags().items():
            if not isinstance(value, bool):
                raise BadOption(f"{name} {value!r} is neither true nor false.")

    def flags(self) -> dict[str, bool]:
        """Return the boolean parameters."""
        return {name: getattr(self, name) for name, default in _DEFAULTS.items() if isinstance(default, bool)}

    def query(self) -> dict[str, Any]:
        """Return the query of a request: format, scale, and the parameters that differ from Figma's defaults."""
        given = {name: getattr(self, name) for name in _DEFAULTS}
        return {
            name: f"{value:g}" if name == "scale" else value
            for name, value in given.items()
            if name in ("format", "scale") or value != _DEFAULTS[name]
        }


_DEFAULTS = {name: field.default for name, field in RenderOptions.__dataclass_fields__.items()}


class Rendered(NamedTuple):
    """One rendered node. `url` is None if Figma has no picture of it.

    `refusal` is set if the node is too large to render even alone. `scale` may be lower than the requested one.
    """

    node_id: str
    url: str | None
    scale: float
    refusal: Refused | None = None


def render_nodes(
    api: FigmaClient, file_key: str, node_ids: Sequence[str], options: RenderOptions
) -> Iterator[list[Rendered]]:
    """Yield batches of at most 50 rendered nodes in the given order. Each takes one request, more if it is too large.

    Raises Refused if Figma refuses the file, or renders no node of it at the moment.
    """
    rendering = _Renderer(api, file_key)
    for start in range(0, len(node_ids), BATCH_IDS):
        yield rendering.render(node_ids[start : start + BATCH_IDS], options)


def fetch_fill_addresses(api: FigmaClient, file_key: str) -> dict[str, str | None]:
    """Return the URL of each image fill of a file by its reference; None if Figma has no image. Raises Refused."""
    return api.fetch(FILE_IMAGE_FILLS.at(file_key=file_key), partial(_read_addresses, wrapper="meta"))


class _Renderer:
    """Renders nodes of one file. Splits batches that are too large, and halves the scale of nodes that are."""

    def __init__(self, api: FigmaClient, file_key: str) -> None:
        self._api, self._at = api, RENDERS.at(file_key=file_key)
        self._has_rendered = False

    def render(self, ids: Sequence[str], options: RenderOptions, halvings: int = MAX_HALVINGS) -> list[Rendered]:
        try:
            urls = self._api.fetch(self._at, _read_addresses, ids=",".join(ids), **options.query())
        except Refused as refusal:
            if not _is_too_large(refusal):
                raise
            return self._render_smaller(ids, options, halvings, refusal)
        self._has_rendered = True
        return [Rendered(id_, urls.get(id_), options.scale) for id_ in ids]

    def _render_smaller(
        self, ids: Sequence[str], options: RenderOptions, halvings: int, refusal: Refused
    ) -> list[Rendered]:
        if len(ids) > 1:
            middle = len(ids) // 2
            return [*self.render(ids[:middle], options), *self.render(ids[middle:], options)]
        if halvings and options.scale / 2 >= MIN_SCALE:
            return self.render(ids, replace(options, scale=options.scale / 2), halvings - 1)
        if refusal.status in OVERLOADED and not self._has_rendered:
            raise refusal  # the cause is not this node: Figma renders nothing at all
        return [Rendered(ids[0], None, options.scale, refusal)]


def _is_too_large(refusal: Refused) -> bool:
    if refusal.status == 400:
        return bool(TOO_LARGE.search(refusal.detail))
    return refusal.reason == "too_large" or refusal.status in OVERLOADED


def _read_addresses(body: bytes, wrapper: str | None = None) -> dict[str, str | None]:
    """Parse `{"err": null, "images": {...}}`, also inside an object `wrapper`. Raises ValueError if it has no map."""
    answer = decode_object(body)
    inner = answer.get(wrapper) if wrapper else None
    images = (inner if isinstance(inner, dict) else answer).get("images")
    if not isinstance(images, dict):
        raise ValueError(f"no map of images: {answer.get('err') or answer.get('message') or ''}".strip(": "))
    return {name: url if isinstance(url, str) and url else None for name, url in images.items()}
