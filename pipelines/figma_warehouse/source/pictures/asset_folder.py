"""The folder of assets: pictures under the hash of their bytes, each written once and whole."""

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import fsspec

from figma_warehouse.files import write_whole
from figma_warehouse.source.documents.archive import shown
from figma_warehouse.source.pictures.formats import FORMATS, Asset, Picture, sanitise_svg

NAME = re.compile(rf"[0-9a-f]{{64}}\.({'|'.join(FORMATS)})")
LONGEST_WORDS = 200


class NotKept(Exception):
    """The folder of assets cannot be written: which folder, and what to do."""


@dataclass(frozen=True)
class AssetFolder:
    """Pictures as `<sha256>.<format>` in a folder, which may be any address that fsspec knows."""

    url: str

    @cached_property
    def _place(self) -> tuple[Any, str]:
        filesystem, path = fsspec.core.url_to_fs(self.url)
        return filesystem, path.rstrip("/")

    def check(self) -> None:
        """Raise ValueError or ImportError where the address is of no kind that can be written to here."""
        self._place  # noqa: B018  # the first look at the address

    def keep(self, picture: Picture) -> Asset:
        """Store a picture whole or not at all, and only once; an SVG is stored sanitised.

        Raises BadPicture, NotKept.
        """
        body = sanitise_svg(picture.body) if picture.format == "svg" else picture.body
        sha256 = hashlib.sha256(body).hexdigest()
        try:
            self._write(f"{sha256}.{picture.format}", body)
        except Exception as error:  # every filesystem has its own
            words = (isinstance(error, OSError) and error.strerror) or str(error)[:LONGEST_WORDS]
            raise NotKept(
                f"Pictures cannot be kept in {shown(self.url)} ({words or type(error).__name__}). Make it a folder that"
                " can be written to, or set assets under [sources.figma] to another; the next run goes on from there."
            ) from error
        return Asset(sha256, picture.format, len(body), picture.width, picture.height)

    def _write(self, name: str, body: bytes) -> None:
        filesystem, folder = self._place
        path = f"{folder}/{name}"
        if not filesystem.exists(path):
            _write_whole(filesystem, folder, path, body)

    def read(self, sha256: str, format_: str, most: int = -1) -> bytes | None:
        """Return the first `most` bytes of an asset; None where it is not there or the name is no asset's."""
        name = f"{sha256}.{format_}"
        filesystem, folder = self._place
        if not NAME.fullmatch(name):
            return None
        try:
            with filesystem.open(f"{folder}/{name}", "rb") as file:
                body: bytes = file.read(most)
        except FileNotFoundError:
            return None
        return body


def _write_whole(filesystem: Any, folder: str, path: str, body: bytes) -> None:
    filesystem.makedirs(folder, exist_ok=True)
    if not isinstance(filesystem, fsspec.get_filesystem_class("file")):
        filesystem.pipe_file(path, body)  # object stores show an object only once it is whole
        return
    write_whole(Path(path), body)
