"""The sample organisation: the world at a clock, as the server asks for it, with its truth."""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from figma_warehouse.collector import collector_paused
from figma_warehouse.sandbox.api.answers import iso, thumbnail
from figma_warehouse.sandbox.company.alterations import Detachment
from figma_warehouse.sandbox.company.blocks import DrawnDocument, write_document
from figma_warehouse.sandbox.company.story import live_week
from figma_warehouse.sandbox.company.world import START, archive_sizes, build_world
from figma_warehouse.sandbox.contract import FileCard, Folder, Published, Team, VersionCard
from figma_warehouse.sandbox.truth import truth
from figma_warehouse.sandbox.truth.findings import Facts, find
from figma_warehouse.sandbox.truth.history import EventTruth, SaveTruth, StateTruth, instance_events
from figma_warehouse.sandbox.truth.tallies import FileTally, Tally, usage_of
from figma_warehouse.sandbox.truth.truth import FileTruth, Truth

if TYPE_CHECKING:
    from collections.abc import Sequence

    from figma_warehouse.sandbox.company.blocks import Block
    from figma_warehouse.sandbox.company.blueprints import Style
    from figma_warehouse.sandbox.company.drawing import Placed
    from figma_warehouse.sandbox.company.world import SampleFile, Save
    from figma_warehouse.sandbox.contract import FigmaUsage

CACHE_BYTES = 96_000_000


class SampleOrganisation:
    """A product company's Figma, generated from a seed: same seed, same weeks, same answers.

    The clock stands at the end of `week` (default: the last of `weeks`) and may be moved on beyond `weeks`.
    With `scale`, 115 files of 1.7 million nodes in all, each drawn when asked for; truth() then draws them all.
    With `sizes`, plain files of so many nodes each, beside the two libraries.
    Its first week begins at `start`, a Monday, UTC; every time it tells follows from that.
    """

    def __init__(
        self,
        seed: int = 7,
        weeks: int = 26,
        week: int | None = None,
        scale: bool = False,
        sizes: Sequence[int] = (),
        start: datetime = START,
    ) -> None:
        self.weeks = weeks
        self.token = f"figd_sandbox-{seed}"
        self._world = build_world(seed, archive_sizes() if scale else sizes, start)
        self._lock, self._drawing = threading.RLock(), threading.Lock()
        self._tallies: dict[Block, Tally] = {}
        self._is_large = scale or bool(sizes)
        self._documents: OrderedDict[Save, DrawnDocument] = OrderedDict()
        self.advance(weeks if week is None else week)

    @property
    def at(self) -> datetime:
        """The clock: the end of the present week, UTC."""
        return self._world.start + timedelta(weeks=self.week)

    @property
    def week(self) -> int:
        """The present week, 0 before the first."""
        return self._world.week

    @property
    def team_ids(self) -> list[str]:
        """The teams that the token can read."""
        return [team.id for team in self._world.teams if team.is_readable]

    def advance(self, weeks: int = 1) -> None:
        """Let so many weeks happen."""
        with self._lock:
            for _ in range(weeks):
                live_week(self._world)

    def team(self, team_id: str) -> Team | None:
        """The team of that id; one of them is not readable."""
        return next((team for team in self._world.teams if team.id == team_id), None)

    def folder(self, folder_id: str) -> Folder | None:
        """The folder of that id."""
        return next((folder for folder in self._world.folders if folder.id == folder_id), None)

    def folders(self, team_id: str, parent_id: str | None) -> Sequence[Folder]:
        """The folders right below a folder, or right below the team."""
        return [one for one in self._world.folders if one.team_id == team_id and one.parent_id == parent_id]

    def files(self, folder_id: str) -> Sequence[FileCard]:
        """The main files in a folder, by name."""
        with self._lock:
            here = [file for file in self._alive() if file.folder_id == folder_id and not file.main_key]
            return sorted(map(_card, here), key=lambda card: card.name)

    def file(self, key: str) -> FileCard | None:
        """The file of that key; None when unknown or deleted."""
        with self._lock:
            file = self._world.files.get(key)
            return None if file is None or file.is_removed else _card(file)

    def versions(self, key: str) -> Sequence[VersionCard]:
        """Every listed save, newest first."""
        with self._lock:
            return [_version(save) for save in reversed(self._world.files[key].saves) if save.is_listed]

    def document(self, key: str, version: str | None) -> bytes | None:
        """The answer of GET file, now or as of a version; of saves that share a version, the newest."""
        with self._lock:
            file = self._world.files[key]
            save = next((s for s in reversed(file.saves) if version in (None, s.version)), None)
            own_styles = list(file.own_styles)
        return None if save is None else answer_document(file, save, self._document(save, own_styles))

    def published(self, kind: str) -> Sequence[Published]:
        """The published components, component_sets or styles, in the order of the cursor."""
        with self._lock:
            return sorted(self._world.published[kind].values(), key=lambda item: item.number)

    def figma_usage(self) -> dict[str, FigmaUsage]:
        """What Figma's library analytics say of each component that is used anywhere, by its key."""
        with self._lock:
            counted = [(file.folder_id, file.current) for file in (*self._alive(), *self._world.drafts)]
            folders = {folder.id: folder.team_id for folder in self._world.folders}
            return truth.figma_usage((folders.get(id_, ""), self._tally(save)) for id_, save in counted)

    def truth(self) -> Truth:
        """What a warehouse should find at the present clock."""
        with self._lock:
            readable = [file for file in self._alive() if file.is_readable]
            mains = [self._file_tally(file) for file in readable if not file.main_key]
            branches = [(file.main_key, self._tally(file.current)) for file in readable if file.main_key]
            homes = {key: item.file_key for key, item in self._world.published["components"].items()}
            usage = truth.component_usage(mains, homes)
            return Truth(
                findings=find(mains, usage, self._library_facts()),
                files={file.key: self._file_truth(file) for file in self._alive()},
                component_usage=usage,
                published_components=frozenset(homes),
                unused_components=truth.unused_components(usage, homes),
                style_usage=truth.style_usage(mains),
                orphaned_styles=truth.orphaned_styles(mains, frozenset(self._world.published["styles"])),
                branch_usage=truth.branch_usage(branches, homes),
                branch_references=truth.branch_references(branches),
                node_counts=self._node_counts(),
                figma_usage=self.figma_usage(),
                removed_files=frozenset(file.key for file in self._world.files.values() if file.is_removed),
            )

    def saves(self) -> list[SaveTruth]:
        """Every save up to now of every readable file, branches and deleted files included."""
        with self._lock:
            readable = [file for file in self._world.files.values() if file.is_readable]
            return [
                SaveTruth(
                    file.key, save.version, save.modified_at, save.user.id, save.label is not None, save.is_listed
                )
                for file in readable
                for save in file.saves
            ]

    def state(self, key: str, version: str, modified_at: datetime) -> StateTruth:
        """One state that a file has or had; at home is where a component is published now."""
        with self._lock:
            file = self._world.files[key]
            tally = self._tally(_save(file, version, modified_at))
            homes = {key: item.file_key for key, item in self._world.published["components"].items()}
            uses = {
                component: usage_of(counts, at_home=homes.get(component) == key)
                for component, counts in tally.components.items()
            }
            return StateTruth(key, modified_at, file.main_key is not None, tally.nodes, uses)

    def instance_events(
        self, key: str, before: tuple[str, datetime], after: tuple[str, datetime]
    ) -> dict[str, EventTruth]:
        """What became of a file's instances between two states, each its version and last_modified; by node id."""
        with self._lock:
            file = self._world.files[key]
            old, new = ({*_blocks(_save(file, *state))} for state in (before, after))
            return instance_events(
                _instances(old - new),
                _instances(new - old),
                {
                    altered.node_id: altered.frame_id
                    for block in new - old
                    for altered in block.alterations
                    if isinstance(altered, Detachment)
                },
            )

    def _alive(self) -> list[SampleFile]:
        return [file for file in self._world.files.values() if not file.is_removed]

    def _document(self, save: Save, own_styles: list[Style]) -> DrawnDocument:
        """Draw a document, or take it from those drawn last; other answers than documents need not wait for it."""
        with self._drawing:
            if save in self._documents:
                self._documents.move_to_end(save)
                return self._documents[save]
            with collector_paused():
                # of a large organisation the tallies of all blocks would take several hundred megabytes
                made = write_document(save.pages, own_styles, None if self._is_large else self._tallies)
            self._documents[save] = made
            while len(self._documents) > 1 and sum(len(one.tree) for one in self._documents.values()) > CACHE_BYTES:
                self._documents.popitem(last=False)
        return made

    def _tally(self, save: Save) -> Tally:
        whole = Tally()
        # the document itself, which is no block
        whole.place_layer("DOCUMENT", visible=True)
        for page in save.pages:
            whole.place_layer("CANVAS", visible=True)
            for block in page.blocks:
                if block not in self._tallies:
                    self._tallies[block] = block.tally()
                whole.add(self._tallies[block])
        return whole

    def _file_tally(self, file: SampleFile) -> FileTally:
        folder = self.folder(file.folder_id)
        team_id = folder.team_id if folder else ""
        is_design = file.editor_type == "figma"
        return FileTally(file.key, file.folder_id, team_id, self._tally(file.current), file.own_styles, is_design)

    def _library_facts(self) -> Facts:
        listed = self._world.published
        made = [component for variants in self._world.kit.made.values() for component in variants]
        return Facts(
            homes={key: item.file_key for key, item in listed["components"].items()},
            styles=[style for style in self._world.core.styles if style.key in listed["styles"]],
            published_sets=frozenset(listed["component_sets"]),
            sets=self._world.core.sets,
            owners={component.key: component.owner.key for component in made if component.owner},
        )

    def _file_truth(self, file: SampleFile) -> FileTruth:
        tally = self._tally(file.current) if file.is_readable else Tally()
        folder = self.folder(file.folder_id)
        return FileTruth(
            name=file.name,
            team_id=folder.team_id if folder else "",
            folder_id=file.folder_id,
            is_branch=file.main_key is not None,
            main_file_key=file.main_key,
            readable=file.is_readable,
            version=file.current.version,
            last_modified=file.current.modified_at,
            nodes=tally.nodes,
            pages=len(file.current.pages) if file.is_readable else 0,
            visible_nodes=tally.visible_nodes,
            instances=tally.instances,
            component_definitions=tally.component_definitions,
            text_nodes=tally.text_nodes,
        )

    def _node_counts(self) -> dict[tuple[str, str, datetime], int]:
        readable = [file for file in self._world.files.values() if file.is_readable]
        return {
            (file.key, save.version, save.modified_at): self._count_nodes(save)
            for file in readable
            for save in file.saves
        }

    def _count_nodes(self, save: Save) -> int:
        for block in (block for page in save.pages for block in page.blocks if block not in self._tallies):
            self._tallies[block] = block.tally()
        blocks = (self._tallies[block].nodes for page in save.pages for block in page.blocks)
        return 1 + len(save.pages) + sum(blocks)


def answer_document(file: SampleFile, save: Save, document: DrawnDocument) -> bytes:
    """The whole answer of GET file, with a thumbnail of this very call."""
    return msgspec.json.encode(
        {
            "document": msgspec.Raw(document.tree),
            **document.maps,
            "schemaVersion": 0,
            "name": file.name,
            "lastModified": iso(save.modified_at),
            "thumbnailUrl": thumbnail(),
            "version": save.version,
            "role": "viewer",
            "editorType": file.editor_type,
            "linkAccess": "org_view",
        }
    )


def _save(file: SampleFile, version: str, modified_at: datetime) -> Save:
    return next(save for save in file.saves if (save.version, save.modified_at) == (version, modified_at))


def _blocks(save: Save) -> list[Block]:
    return [block for page in save.pages for block in page.blocks]


def _instances(blocks: set[Block]) -> dict[str, Placed]:
    found: dict[str, Placed] = {}
    for block in blocks:
        found |= block.draw()[1].instances
    return found


def _card(file: SampleFile) -> FileCard:
    save = file.current
    return FileCard(
        file.key,
        file.name,
        file.folder_id,
        save.version,
        save.modified_at,
        file.creator,
        save.user,
        file.editor_type,
        file.is_exportable,
        file.main_key,
        tuple(file.branches),
    )


def _version(save: Save) -> VersionCard:
    described = f"{save.label}: see the changelog" if save.label else None
    return VersionCard(save.version, save.modified_at, save.label, described, save.user)
