"""Pictures on demand: nodes as Figma renders them, written to a folder under safe file names."""

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from figma_warehouse.data_dir import DataDir
from figma_warehouse.failures import DONE, FAILED, PARTIAL, folder_error
from figma_warehouse.files import write_whole
from figma_warehouse.settings import FigmaSettings
from figma_warehouse.source.addresses import NODE_ID, parse_file, parse_node_ids
from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.api.refusals import Refused
from figma_warehouse.source.api.safe_hosts import is_local
from figma_warehouse.source.api.values import as_object, as_text
from figma_warehouse.source.listings.published_lists import list_of, published_row
from figma_warehouse.source.pictures.downloads import Downloads
from figma_warehouse.source.pictures.rendering import Rendered, RenderOptions, render_nodes
from figma_warehouse.source.resources import Group, resources_in

# file names have 255 bytes at most; the node id and the extension follow
LONGEST_NAME = 120
UNSAFE = re.compile(r"[^\w.=]+")


@dataclass
class ImageExport:
    """The files written, and the files and nodes that are missing, each with the reason."""

    written: list[Path] = field(default_factory=list)
    missing: list[tuple[str, str]] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 if all is written, 3 if something is missing, 1 if nothing could be written."""
        if not self.missing:
            return DONE
        return PARTIAL if self.written else FAILED


def export_images(
    settings: FigmaSettings, data: DataDir, addresses: Sequence[str], options: RenderOptions, out: Path
) -> ImageExport:
    """Render the nodes that the addresses name by `node-id`, or all published components of their files, into a folder.

    If there are several files, each has a subfolder named by its key. Before the first request, raises BadAddress, and
    UsageFailure if the folder cannot be made.
    """
    asked = [(parse_file(address), parse_node_ids(address)) for address in addresses]
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise folder_error(out, error) from error
    export, api = ImageExport(), settings.client(data)
    may_be_local = is_local(settings.base_url)
    downloads = Downloads(settings.image_max_bytes, settings.backoff_seconds, allows_local=may_be_local)
    for key, node_ids in asked:
        folder = out / key if len({key for key, _ in asked}) > 1 else out
        try:
            names = dict.fromkeys(node_ids, "") or _published_names(api, key)
            _export_file(api, downloads, key, names, options, folder, export)
        except Refused as refusal:
            export.missing.append((key, str(refusal)))
    return export


def safe_name(name: str, node_id: str) -> str:
    """Return a file name without extension: safe characters of the name, then the node id, which makes it unique."""
    words = UNSAFE.sub("-", unicodedata.normalize("NFKC", name)).strip("-._=").lower()
    words = words.encode()[:LONGEST_NAME].decode(errors="ignore")
    suffix = re.sub(r"[^0-9A-Za-z]+", "-", node_id)
    if len(suffix) > LONGEST_NAME:  # a deeply nested instance
        suffix = hashlib.sha256(node_id.encode()).hexdigest()
    return f"{words}_{suffix}" if words else suffix


def _published_names(api: FigmaClient, key: str) -> dict[str, str]:
    names = {}
    for resource in (one for one in resources_in(Group.PUBLISHED) if one.is_drawn):
        at = resource.endpoint("file_key").at(file_key=key)
        for item in list_of(api.get(at), resource.name):
            row = published_row(resource.name, item, None)
            component_set = as_object(as_object(item.get("containing_frame")).get("containingComponentSet"))
            if NODE_ID.fullmatch(row["node_id"] or ""):
                names[row["node_id"]] = " ".join(
                    part for part in (as_text(component_set.get("name")), row["name"]) if part
                )
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
    for one in _rendered(api, key, list(names), options):
        try:
            path = _write(downloads, one, safe_name(names[one.node_id], one.node_id), folder)
        except Refused as refusal:
            export.missing.append((f"{key} {one.node_id} {names[one.node_id]}".rstrip(), str(refusal)))
        else:
            export.written.append(path)


def _rendered(api: FigmaClient, key: str, node_ids: list[str], options: RenderOptions) -> Iterator[Rendered]:
    for batch in render_nodes(api, key, node_ids, options):
        yield from batch


def _write(downloads: Downloads, one: Rendered, name: str, folder: Path) -> Path:
    """Write a picture whole. An earlier one of that name is replaced. Raises Refused."""
    if one.url is None:
        raise one.refusal or Refused("not_renderable")
    picture = downloads.fetch(one.url)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.{picture.format}"
    write_whole(path, picture.body)
    return path
