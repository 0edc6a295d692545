"""The image fills of loaded files: one tier-2 request per file with new ones."""

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property

from figma_warehouse.source.api.refusals import FigmaError, Refused, as_refusal
from figma_warehouse.source.documents.flatten import Tables
from figma_warehouse.source.outcomes import Row
from figma_warehouse.source.pictures.picture_job import NO_PICTURE, PictureJob, PictureRequest
from figma_warehouse.source.pictures.rendering import fetch_fill_addresses

BATCH_PICTURES = 200


class ImageFills(PictureJob):
    """The resource `image_fills`."""

    resource = "image_fills"

    def all_tables(self) -> Iterator[Tables]:
        """Yield, file by file, the rows of image fills that the warehouse does not have yet, and the outcomes."""
        if not self.imaging.fills:
            return
        references: dict[str, set[str]] = defaultdict(set)
        for table in ("node_paints", "text_ranges"):
            for row in self.read(table, columns=("file_key", "image_ref"), distinct=True):
                if row["image_ref"] is not None:
                    references[row["file_key"]].add(row["image_ref"])
        for file_key, refs in sorted(references.items()):
            yield from self._fills(file_key, sorted(refs - self._stored.get(file_key, set())))

    @cached_property
    def _rows(self) -> list[Row]:
        return self.read("image_fills")

    @cached_property
    def _stored(self) -> dict[str, set[str]]:
        stored = defaultdict(set)
        for row in self._rows:
            stored[row["file_key"]].add(row["image_ref"])
        return stored

    @cached_property
    def _known_images(self) -> dict[str, Row]:
        """Stored images by reference; an image has the same reference in every file."""
        return {row["image_ref"]: row for row in self._rows if row["sha256"]}

    def _fills(self, file_key: str, missing: list[str]) -> Iterator[Tables]:
        shared = [self._known_images[ref] | {"file_key": file_key} for ref in missing if ref in self._known_images]
        new = [ref for ref in missing if ref not in self._known_images]
        refusal: Refused | Row | None = self.earlier_refusal(file_key) if new else None
        try:
            if refusal is None and new:
                yield from self._new_fills(file_key, new)
        except FigmaError as error:
            refusal = as_refusal(error)
        self.record_outcome(file_key, "loaded" if missing else "unchanged", refusal)
        yield self.tables(shared)

    def _new_fills(self, file_key: str, refs: list[str]) -> Iterator[Tables]:
        with self.for_team_of(file_key):
            urls = fetch_fill_addresses(self.refresh.api, file_key)
        for start in range(0, len(refs), BATCH_PICTURES):
            batch = refs[start : start + BATCH_PICTURES]
            rows = self.store([_request(file_key, ref, urls.get(ref)) for ref in batch])
            self._known_images.update({row["image_ref"]: row for row in rows if row["sha256"]})
            yield self.tables(rows)
            self.check_stored()


def _request(file_key: str, ref: str, url: str | None) -> PictureRequest:
    return PictureRequest(f"{file_key}/{ref}", {"file_key": file_key, "image_ref": ref} | NO_PICTURE, url)
