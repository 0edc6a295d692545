"""The folder of assets: each picture is a file named by the hash of its bytes, written once and atomically."""

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import fsspec

from figma_warehouse.files import write_whole
from figma_warehouse.source.documents.archive import hide_credentials
from figma_warehouse.source.pictures.formats import FORMATS, Asset, Picture, sanitise_svg

NAME = re.compile(rf"[0-9a-f]{{64}}\.({'|'.join(FORMATS)})")
MAX_REASON_LENGTH = 200


class NotStored(Exception):
    """The folder of assets cannot be written. The message names the folder and says what to do."""


@dataclass(frozen=True)
class AssetFolder:
    """Stores pictures as `<sha256>.<format>` in a local folder or at any other fsspec URL."""

    url: str

    @cached_property
    def _location(self) -> tuple[Any, str]:
        filesystem, path = fsspec.core.url_to_fs(self.url)
        return filesystem, path.rstrip("/")

    def check(self) -> None:
        """Raise ValueError or ImportError if fsspec cannot write to this kind of URL here."""
        self._location  # noqa: B018  # the first access opens the URL

    def store(self, picture: Picture) -> Asset:
        """Store a picture atomically, unless it is stored already. An SVG is sanitised first.

        Raises BadPicture if an SVG cannot be sanitised, NotStored if the folder cannot be written.
        """
        body = sanitise_svg(picture.body) if picture.format == "svg" else picture.body
        sha256 = hashlib.sha256(body).hexdigest()
        try:
            self._write(f"{sha256}.{picture.format}", body)
        except Exception as error:  # each filesystem raises exceptions of its own
            reason = (isinstance(error, OSError) and error.strerror) or str(error)[:MAX_REASON_LENGTH]
            raise NotStored(
                f"Pictures cannot be stored in {hide_credentials(self.url)} ({reason or type(error).__name__}). Make"
                " the folder writable, or set assets under [sources.figma] to another one. The next run fetches"
                " the missing pictures."
            ) from error
        return Asset(sha256, picture.format, len(body), picture.width, picture.height)

    def _write(self, name: str, body: bytes) -> None:
        filesystem, folder = self._location
        path = f"{folder}/{name}"
        if not filesystem.exists(path):
            _write_whole(filesystem, folder, path, body)

    def read(self, sha256: str, format_: str, max_bytes: int = -1) -> bytes | None:
        """Return the first `max_bytes` bytes of an asset (-1: all), or None if there is no such asset."""
        name = f"{sha256}.{format_}"
        filesystem, folder = self._location
        if not NAME.fullmatch(name):
            return None
        try:
            with filesystem.open(f"{folder}/{name}", "rb") as file:
                body: bytes = file.read(max_bytes)
        except FileNotFoundError:
            return None
        return body


def _write_whole(filesystem: Any, folder: str, path: str, body: bytes) -> None:
    filesystem.makedirs(folder, exist_ok=True)
    if not isinstance(filesystem, fsspec.get_filesystem_class("file")):
        filesystem.pipe_file(path, body)  # an object store shows an object only when it is complete
        return
    write_whole(Path(path), body)
