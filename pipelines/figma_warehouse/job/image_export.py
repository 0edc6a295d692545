"""Pictures on demand: nodes of files as Figma draws them, written to a folder under names made safe."""

import hashlib
import os
import re
import unicodedata
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from figma_warehouse.failures import DONE, FAILED, PARTIAL, no_folder
from figma_warehouse.source.addresses import NODE_ID, parse_file, parse_node_ids
from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.api.refusals import Refused
from figma_warehouse.source.api.values import as_object, as_text
from figma_warehouse.source.listings.published_lists import list_of, published_row
from figma_warehouse.source.pictures.downloads import Downloads
from figma_warehouse.source.pictures.rendering import Rendered, RenderOptions, render_nodes
from figma_warehouse.source.resources import Group, resources_in

# file systems take 255 bytes; a node id and an ending follow
LONGEST_NAME = 120
UNSAFE = re.compile(r"[^\w.=]+")


@dataclass
class ImageExport:
    """What was written, and what could not be had: the file or node, and why."""

    written: list[Path] = field(default_factory=list)
    missing: list[tuple[str, str]] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 when all is written, 3 when something is missing, 1 when nothing could be had."""
        if not self.missing:
            return DONE
        return PARTIAL if self.written else FAILED


def export_images(
    api: FigmaClient, downloads: Downloads, addresses: Sequence[str], options: RenderOptions, out: Path
) -> ImageExport:
    """Render the nodes that addresses name by `node-id`, or what their files publish, into a folder.

    With several files each has a folder of its own, named by its key. Raises BadAddress, and UsageFailure
    where the folder cannot be made, before anything is asked.
    """
    asked = [(parse_file(address), parse_node_ids(address)) for address in addresses]
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise no_folder(out, error) from error
    export = ImageExport()
    for key, node_ids in asked:
        folder = out / key if len({key for key, _ in asked}) > 1 else out
        try:
            names = dict.fromkeys(node_ids, "") or _published_names(api, key)
            _export_file(api, downloads, key, names, options, folder, export)
        except Refused as refusal:
            export.missing.append((key, str(refusal)))
    return export


def safe_name(name: str, node_id: str) -> str:
    """Return a file name without its ending: what is left of the name, then the node's id, which makes it unique."""
    words = UNSAFE.sub("-", unicodedata.normalize("NFKC", name)).strip("-._=").lower()
    words = words.encode()[:LONGEST_NAME].decode(errors="ignore")
    place = re.sub(r"[^0-9A-Za-z]+", "-", node_id)
    if len(place) > LONGEST_NAME:  # as of an instance nested deeply
        place = hashlib.sha256(node_id.encode()).hexdigest()
    return f"{words}_{place}" if words else place


def _published_names(api: FigmaClient, key: str) -> dict[str, str]:
    names = {}
    for resource in (one for one in resources_in(Group.PUBLISHED) if one.is_drawn):
        at = resource.endpoint("file_key").at(file_key=key)
        for thing in list_of(api.get(at), resource.name):
            row = published_row(resource.name, thing, None)
            of = as_object(as_object(thing.get("containing_frame")).get("containingComponentSet"))
            if NODE_ID.fullmatch(row["node_id"] or ""):
                names[row["node_id"]] = " ".join(part for part in (as_text(of.get("name")), row["name"]) if part)
    if not names:
        raise Refused("nothing_published", detail="the file publishes no component; name a node by ?node-id=")
    return names


def _export_file(
    api: FigmaClient,
    downloads: Downloads,
    key: str,
    names: dict[str, str],
    options: RenderOptions,
    folder: Path,
    export: ImageExport,
) -> None:
    for one in _each(api, key, list(names), options):
        try:
            path = _write(downloads, one, safe_name(names[one.node_id], one.node_id), folder)
        except Refused as refusal:
            export.missing.append((f"{key} {one.node_id} {names[one.node_id]}".rstrip(), str(refusal)))
        else:
            export.written.append(path)


def _each(api: FigmaClient, key: str, node_ids: list[str], options: RenderOptions) -> Iterator[Rendered]:
    for batch in render_nodes(api, key, node_ids, options):
        yield from batch


def _write(downloads: Downloads, one: Rendered, name: str, folder: Path) -> Path:
    """Write one picture whole, also over an earlier one of the same name. Raises Refused."""
    if one.url is None:
        raise one.refusal or Refused("not_renderable")
    picture = downloads.fetch(one.url)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.{picture.format}"
    unfinished = folder / f".{uuid.uuid4().hex}.tmp"
    try:
        unfinished.write_bytes(picture.body)
        os.replace(unfinished, path)  # noqa: PTH105  # it says what happens to a file of that name
    finally:
        unfinished.unlink(missing_ok=True)
    return path
