"""The base of the resources `images` and `image_fills`: settings, downloads, and a row or an outcome per picture."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from figma_warehouse.source.api.refusals import FigmaError, Refused
from figma_warehouse.source.api.safe_hosts import is_local
from figma_warehouse.source.documents.flatten import Tables
from figma_warehouse.source.outcomes import Row, outcome, skipped
from figma_warehouse.source.pictures.asset_folder import NotStored
from figma_warehouse.source.pictures.downloads import Downloads
from figma_warehouse.source.pictures.formats import Asset, Picture
from figma_warehouse.source.pictures.rendering import RenderOptions
from figma_warehouse.source.reasons import REASONS
from figma_warehouse.source.refresh import Refresh
from figma_warehouse.source.schema import as_table

NONE, THUMBNAILS, COMPONENTS = "none", "thumbnails", "components"
CHOICES = (NONE, THUMBNAILS, COMPONENTS)
PARALLEL_DOWNLOADS = 4
NO_PICTURE: Row = dict.fromkeys(("sha256", "format", "bytes", "width", "height"))

StorePicture = Callable[[Picture], Asset]


class BadChoice(FigmaError):
    """The setting `images` is not one of CHOICES."""


@dataclass(frozen=True)
class Imaging:
    """Which pictures a refresh loads, how it renders them, and the function that stores them.

    `images` is one of CHOICES; raises BadChoice if it is not. Without `may_render`, only thumbnails are loaded, which
    need no request.
    """

    store: StorePicture
    images: str = THUMBNAILS
    fills: bool = False
    options: RenderOptions = field(default_factory=RenderOptions)
    max_bytes: int = 20_000_000
    backoff: float = 1.0
    may_render: bool = True

    def __post_init__(self) -> None:
        if self.images not in CHOICES:
            raise BadChoice(f'images "{self.images}" is not one of {", ".join(CHOICES)}.')


@dataclass(frozen=True)
class PictureRequest:
    """One picture to download: its URL, and its row without the columns that the picture itself gives.

    `url` is None if Figma has no picture; `refusal` then says why, if Figma does.
    """

    item_id: str
    row: Row
    url: str | None
    refusal: Refused | None = None


class PictureJob:
    """Stores the pictures of one resource and collects the outcomes."""

    resource: str

    def __init__(self, refresh: Refresh, imaging: Imaging) -> None:
        self.refresh, self.imaging = refresh, imaging
        api = refresh.api
        self._downloads = Downloads(imaging.max_bytes, imaging.backoff, api.stop, allows_local=is_local(api.base_url))
        self._outcomes: list[Row] = []
        self._not_stored: NotStored | None = None
        self._deferral: Refused | None = None

    def store(self, requests: list[PictureRequest]) -> list[Row]:
        """Download and store pictures in parallel, and return their rows. A temporary refusal gives no row.

        If the folder cannot be written, no other download begins; stored pictures still get rows, and `check_stored`
        raises. Once the refresh is stopped, no download begins, and `record_outcome` records that.
        """
        if self.is_stopped():
            return []
        with ThreadPoolExecutor(PARALLEL_DOWNLOADS, thread_name_prefix="picture") as threads:
            found = list(threads.map(self._download, requests))
        rows = (self._row(request, one) for request, one in zip(requests, found, strict=True) if one)
        return [row for row in rows if row]

    def is_stopped(self) -> bool:
        """Tell whether the refresh is stopped. If so, the next `record_outcome` records its file as deferred."""
        try:
            self.refresh.api.stop.check()
        except Refused as refusal:
            self._deferral = refusal
        return self._deferral is not None

    def check_stored(self) -> None:
        """Raise NotStored if a picture could not be stored, so that no more are requested."""
        if self._not_stored:
            raise self._not_stored

    def tables(self, rows: list[Row]) -> Tables:
        """Return rows as tables, with the outcomes that were recorded since the last call."""
        outcomes, self._outcomes = self._outcomes, []
        return {self.resource: as_table(self.resource, rows), "outcomes": as_table("outcomes", outcomes)}

    def record_outcome(self, file_key: str, status: str, refusal: Refused | Row | None = None) -> None:
        """Record the outcome of the pictures of one file. An earlier refusal, given as a row, is recorded unchanged.

        If the refresh was stopped before all of them were downloaded, the file is recorded as deferred.
        """
        refusal, self._deferral = refusal or self._deferral, None
        ref = self.refresh.listing.files.get(file_key)
        columns = ref.outcome_columns if ref else {"file_key": file_key}
        if isinstance(refusal, Refused):
            self._outcomes.append(skipped(self.refresh.run_id, self.resource, file_key, refusal, **columns))
        elif refusal:
            self._outcomes.append(refusal)
        else:
            self._outcomes.append(outcome(self.refresh.run_id, self.resource, file_key, status, **columns))

    def earlier_refusal(self, file_key: str) -> Row | None:
        """Return the earlier refusal of this file's pictures if it still applies."""
        ref = self.refresh.listing.files.get(file_key)
        return self.refresh.earlier_refusal(self.resource, file_key, ref.last_modified_at if ref else None)

    def for_team_of(self, file_key: str) -> AbstractContextManager[None]:
        """Charge the requests of a block to the team of this file."""
        ref = self.refresh.listing.files.get(file_key)
        return self.refresh.api.for_team(ref.team_id if ref else None)

    def read(self, table: str, **equal: Any) -> list[Row]:
        """Return the stored rows of a table."""
        rows: list[Row] = self.refresh.stored_state.read(table, **equal).to_pylist()
        return rows

    def _download(self, request: PictureRequest) -> Asset | Refused | None:
        """Download a picture and store it. Returns None if this or an earlier picture could not be stored."""
        if self._not_stored:
            return None
        if request.url is None:
            return request.refusal or Refused("not_renderable")
        try:
            picture = self._downloads.fetch(request.url)
        except Refused as refusal:
            return refusal
        except Exception as error:
            # an unforeseen error skips only this picture
            return Refused("bad_picture", detail=type(error).__name__)
        try:
            return self.imaging.store(picture)
        except NotStored as failure:
            self._not_stored = self._not_stored or failure
            return None

    def _row(self, request: PictureRequest, found: Asset | Refused) -> Row | None:
        if isinstance(found, Refused):
            return self._row_without(request, found)
        return request.row | asdict(found) | {"rendered_at": datetime.now(UTC)}

    def _row_without(self, request: PictureRequest, refusal: Refused) -> Row | None:
        """Record the refusal of a picture. Returns a row without a picture if a retry would not help, else None.

        A deferred picture gets no outcome of its own; it is part of the outcome of its file.
        """
        if refusal.reason == "put_off":
            self._deferral = refusal
            return None
        file_columns = {"file_key": request.row["file_key"]}
        self._outcomes.append(skipped(self.refresh.run_id, self.resource, request.item_id, refusal, **file_columns))
        if REASONS[refusal.reason].is_temporary:
            return None
        return request.row | NO_PICTURE | {"rendered_at": datetime.now(UTC)}
