"""The archive: received documents, kept so that a new column or a second warehouse can be filled without requests.

There is one object per state of a file, `<file key>/<version>-<last modified>.json.zst`, in a local folder or at any
other fsspec URL. zstd tools unpack it to the body of the response. The metadata of the load is in a skippable frame
before the body, which those tools ignore.
"""

import hashlib
import os
import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import fsspec
import msgspec
import zstandard

from figma_warehouse.files import write_whole
from figma_warehouse.source.api.values import PLAIN_KEY

SUFFIX = ".json.zst"
# one of the 16 magic numbers of skippable frames that zstd leaves to its users (RFC 8878, 3.1.2)
ABOUT_FRAME = 0x184D2A57
FRAME_HEAD = struct.Struct("<II")
MAX_ABOUT_BYTES = 1_000_000
SAFE_VERSION = re.compile(r"[0-9A-Za-z_]{1,64}")
STAMP = "%Y%m%dT%H%M%S.%fZ"
STATE_NAME = re.compile(r"\w+-(\d{8}T\d{6}\.\d{6}Z)\.json\.zst")
LEVEL = 3

LOAD, BACKFILL, REMOVAL = "load", "backfill", "removal"


class NotArchived(Exception):
    """The archive cannot be written or read. The message says what happened, and to which object."""


class About(msgspec.Struct, frozen=True):
    """The metadata of a state. `purpose` is load, backfill or removal; a removal has an empty body."""

    file_key: str
    version: str
    last_modified_at: datetime
    read_at: datetime
    run_id: str
    purpose: str = LOAD
    listed_modified_at: datetime | None = None
    size: int = 0
    parts: int = 1
    last_version: str | None = None


class Archive:
    """The archive at an fsspec URL or in a local folder. All its methods raise NotArchived."""

    def __init__(self, url: str) -> None:
        self.url = url
        with _archive_errors(url):
            self._files, self._root = fsspec.core.url_to_fs(url)
        self._is_local = "file" in _protocols(self._files)

    def check(self) -> None:
        """Write and remove a small file."""
        path = f"{self._root}/.writable-{os.getpid()}"
        with _archive_errors(self.url):
            self._write(path, b"")
            self._files.rm_file(path)

    def keep(self, about: About, body: bytes = b"") -> None:
        """Store one state atomically. If the same state is stored already, replace it."""
        path = f"{self._root}/{_folder(about.file_key)}/{_name(about)}"
        with _archive_errors(path):
            self._write(path, _encode_head(about) + zstandard.ZstdCompressor(LEVEL, write_checksum=True).compress(body))

    def file_keys(self) -> list[str]:
        """Return the sorted keys of the files in the archive."""
        with _archive_errors(self.url):
            if not self._files.isdir(self._root):
                raise NotArchived(f"There is no archive at {hide_credentials(self.url)}.")
            names = (path.rstrip("/").rpartition("/")[2] for path in self._files.ls(self._root, detail=False))
            return sorted(name for name in names if PLAIN_KEY.fullmatch(name))

    def states(self, file_key: str) -> tuple[list[tuple[str, About]], list[NotArchived]]:
        """Return the path and metadata of each state of a file, by `read_at`, and an error for each damaged object."""
        states, damaged = [], []
        for path in self._paths(file_key):
            try:
                states.append((path, self._about(path)))
            except NotArchived as failure:
                damaged.append(failure)
        return sorted(states, key=lambda state: (state[1].read_at, state[0])), damaged

    def read(self, path: str) -> bytes:
        """Return the body of the state at a path, empty for a removal."""
        with _archive_errors(path):
            stored = memoryview(self._files.cat_file(path))
            _, start = _read_head(path, stored)
            return zstandard.ZstdDecompressor().decompress(stored[start:])

    def prune(self, days: int | None, states: int | None) -> None:
        """Delete states that were edited more than `days` ago, and those beyond the newest `states` of a file.

        None means no limit. The newest state of a file is never deleted.
        """
        if days is None and states is None:
            return
        oldest = None if days is None else (datetime.now(UTC) - timedelta(days=days)).strftime(STAMP)
        for paths in self._states_by_folder().values():
            for rank, (stamp, path) in enumerate(sorted(paths, reverse=True)):
                if rank and ((states is not None and rank >= states) or (oldest is not None and stamp < oldest)):
                    with _archive_errors(path):
                        self._files.rm_file(path)

    def _states_by_folder(self) -> dict[str, list[tuple[str, str]]]:
        """Return the time stamp and the path of each state, by the folder of its file."""
        states: dict[str, list[tuple[str, str]]] = {}
        with _archive_errors(self.url):
            for path in self._files.find(self._root):
                folder, _, name = path.rpartition("/")
                if match := STATE_NAME.fullmatch(name):
                    states.setdefault(folder, []).append((match[1], path))
        return states

    def _paths(self, file_key: str) -> Iterator[str]:
        folder = f"{self._root}/{_folder(file_key)}"
        with _archive_errors(folder):
            paths = self._files.ls(folder, detail=False)
        return (path for path in paths if STATE_NAME.fullmatch(path.rpartition("/")[2]))

    def _about(self, path: str) -> About:
        with _archive_errors(path), self._files.open(path, "rb") as file:
            start = file.read(FRAME_HEAD.size)
            size = FRAME_HEAD.unpack(start)[1] if len(start) == FRAME_HEAD.size else 0
            return _read_head(path, memoryview(start + file.read(min(size, MAX_ABOUT_BYTES))))[0]

    def _write(self, path: str, content: bytes) -> None:
        self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
        if self._is_local:
            write_whole(Path(path), content)
        else:
            self._files.pipe_file(path, content)


def hide_credentials(url: str) -> str:
    """Return an address without its user name and password."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl() if "@" in parts.netloc else url


def _protocols(files: fsspec.AbstractFileSystem) -> tuple[str, ...]:
    return (files.protocol,) if isinstance(files.protocol, str) else tuple(files.protocol)


def _folder(file_key: str) -> str:
    if not PLAIN_KEY.fullmatch(file_key):
        raise NotArchived(f"{file_key!r} is not a file key.")
    return file_key


def _name(about: About) -> str:
    """Return the name of the object. A version that is unsafe in a file name is replaced by its hash."""
    version = about.version
    if not SAFE_VERSION.fullmatch(version):
        version = "v" + hashlib.blake2b(version.encode(errors="replace"), digest_size=16).hexdigest()
    label = "removed" if about.purpose == REMOVAL else version
    return f"{label}-{about.last_modified_at.astimezone(UTC).strftime(STAMP)}{SUFFIX}"


def _encode_head(about: About) -> bytes:
    encoded = msgspec.json.encode(about)
    return FRAME_HEAD.pack(ABOUT_FRAME, len(encoded)) + encoded


def _read_head(path: str, stored: memoryview) -> tuple[About, int]:
    """Return the metadata and the offset of the body."""
    if len(stored) < FRAME_HEAD.size or FRAME_HEAD.unpack_from(stored)[0] != ABOUT_FRAME:
        raise NotArchived(f"{hide_credentials(path)} is not an archived document.")
    end = FRAME_HEAD.size + FRAME_HEAD.unpack_from(stored)[1]
    return msgspec.json.decode(stored[FRAME_HEAD.size : end], type=About), end


@contextmanager
def _archive_errors(path: str) -> Iterator[None]:
    """Convert any exception of a filesystem, each of which has its own, to NotArchived."""
    try:
        yield
    except NotArchived:
        raise
    except Exception as error:
        raise NotArchived(f"{hide_credentials(path)}: {error or type(error).__name__}") from error
