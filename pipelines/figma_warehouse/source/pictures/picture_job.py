"""What images and image fills share: the settings, the downloads, and a row or an outcome for each picture."""

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
from figma_warehouse.source.pictures.asset_folder import NotKept
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

Keep = Callable[[Picture], Asset]


class BadChoice(FigmaError):
    """A setting of what to picture that is none of the choices."""


@dataclass(frozen=True)
class Imaging:
    """What a refresh pictures, how, and where the bytes go. Raises BadChoice.

    `images` is one of CHOICES. Only "components" renders anything, which costs tier-1 requests.
    """

    keep: Keep
    images: str = THUMBNAILS
    fills: bool = False
    options: RenderOptions = field(default_factory=RenderOptions)
    most_bytes: int = 20_000_000
    backoff: float = 1.0

    def __post_init__(self) -> None:
        if self.images not in CHOICES:
            raise BadChoice(f'images "{self.images}" is none of {", ".join(CHOICES)}.')


@dataclass(frozen=True)
class PictureRequest:
    """One picture that is due: where it lies, and its row but for what the picture itself tells."""

    item_id: str
    row: Row
    url: str | None
    refusal: Refused | None = None


class PictureJob:
    """Stores pictures of one resource of a refresh and keeps the outcomes."""

    resource: str

    def __init__(self, refresh: Refresh, imaging: Imaging) -> None:
        self.refresh, self.imaging = refresh, imaging
        api = refresh.api
        self._downloads = Downloads(imaging.most_bytes, imaging.backoff, api.stop, may_be_local=is_local(api.base_url))
        self._outcomes: list[Row] = []
        self._not_kept: NotKept | None = None
        self._deferral: Refused | None = None

    def store(self, requests: list[PictureRequest]) -> list[Row]:
        """Download and keep pictures, several at once, and return their rows; what was refused only for now has none.

        Where one cannot be kept, no other is begun, those that were kept have rows, and `check_kept` raises. Once the
        refresh is to end none is begun either, and `settle` says so.
        """
        if self.is_stopped():
            return []
        with ThreadPoolExecutor(PARALLEL_DOWNLOADS, thread_name_prefix="picture") as threads:
            found = list(threads.map(self._keep, requests))
        rows = (self._row(request, one) for request, one in zip(requests, found, strict=True) if one)
        return [row for row in rows if row]

    def is_stopped(self) -> bool:
        """Tell whether the refresh is to end: then the file at hand is put off, by its next `settle`."""
        try:
            self.refresh.api.stop.check()
        except Refused as refusal:
            self._deferral = refusal
        return self._deferral is not None

    def check_kept(self) -> None:
        """Raise NotKept where a picture could not be kept: there is no use in asking for more."""
        if self._not_kept:
            raise self._not_kept

    def tables(self, rows: list[Row]) -> Tables:
        """Return rows as tables, with the outcomes noted since the last time."""
        outcomes, self._outcomes = self._outcomes, []
        return {self.resource: as_table(self.resource, rows), "outcomes": as_table("outcomes", outcomes)}

    def settle(self, file_key: str, status: str, refusal: Refused | Row | None = None) -> None:
        """Note what became of one file's pictures; an earlier refusal is noted as it is.

        Where some of them were not begun, since the refresh is to end, that is what became of it.
        """
        refusal, self._deferral = refusal or self._deferral, None
        ref = self.refresh.listing.files.get(file_key)
        about = ref.outcome_columns if ref else {"file_key": file_key}
        if isinstance(refusal, Refused):
            self._outcomes.append(skipped(self.refresh.run_id, self.resource, file_key, refusal, **about))
        elif refusal:
            self._outcomes.append(refusal)
        else:
            self._outcomes.append(outcome(self.refresh.run_id, self.resource, file_key, status, **about))

    def earlier_refusal(self, file_key: str) -> Row | None:
        """Return the outcome of a refusal of this file's pictures, where to ask for them again is of no use."""
        ref = self.refresh.listing.files.get(file_key)
        return self.refresh.earlier_refusal(self.resource, file_key, ref.last_modified_at if ref else None)

    def of_team(self, file_key: str) -> AbstractContextManager[None]:
        """Say for a block that it asks about this file's team."""
        ref = self.refresh.listing.files.get(file_key)
        return self.refresh.api.for_team(ref.team_id if ref else None)

    def read(self, table: str, **equal: Any) -> list[Row]:
        """Return the stored rows of a table."""
        rows: list[Row] = self.refresh.stored_state.read(table, **equal).to_pylist()
        return rows

    def _keep(self, request: PictureRequest) -> Asset | Refused | None:
        """Download a picture and keep it; None where this one or another could not be kept."""
        if self._not_kept:
            return None
        if request.url is None:
            return request.refusal or Refused("not_renderable")
        try:
            picture = self._downloads.fetch(request.url)
        except Refused as refusal:
            return refusal
        except Exception as error:
            # what nobody foresaw in one picture costs that picture alone
            return Refused("bad_picture", detail=type(error).__name__)
        try:
            return self.imaging.keep(picture)
        except NotKept as failure:
            self._not_kept = self._not_kept or failure
            return None

    def _row(self, request: PictureRequest, found: Asset | Refused) -> Row | None:
        if isinstance(found, Refused):
            return self._row_without(request, found)
        return request.row | asdict(found) | {"rendered_at": datetime.now(UTC)}

    def _row_without(self, request: PictureRequest, refusal: Refused) -> Row | None:
        """Note a picture that cannot be had; its row says so where another try would not change that.

        One that is put off is no news beside the others of its file.
        """
        if refusal.reason == "put_off":
            self._deferral = refusal
            return None
        where = {"file_key": request.row["file_key"]}
        self._outcomes.append(skipped(self.refresh.run_id, self.resource, request.item_id, refusal, **where))
        if REASONS[refusal.reason].is_temporary:
            return None
        return request.row | NO_PICTURE | {"rendered_at": datetime.now(UTC)}
