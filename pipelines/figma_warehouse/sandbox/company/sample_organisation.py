"""The sample organisation: the company at a clock as the server serves it, and its ground truth."""

from __future__ import annotations

import threading
from collections import OrderedDict
from copy import copy
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from figma_warehouse.collector import collector_paused
from figma_warehouse.sandbox.answer_values import format_time, thumbnail_url
from figma_warehouse.sandbox.company.activity_log import EDITORS, activity_events
from figma_warehouse.sandbox.company.code_links import code_links, link_answers
from figma_warehouse.sandbox.company.comment_threads import comment_answers, root_id, threads_of
from figma_warehouse.sandbox.company.company_state import FIRST_MONDAY
from figma_warehouse.sandbox.company.deprecations import deprecations
from figma_warehouse.sandbox.company.document_json import DocumentJson, write_document
from figma_warehouse.sandbox.company.initial_state import archive_sizes, build_company
from figma_warehouse.sandbox.company.instance_edits import InstanceDetachment
from figma_warehouse.sandbox.company.layers import ComponentSet, font_text, value_text
from figma_warehouse.sandbox.company.library_actions_by_week import library_actions
from figma_warehouse.sandbox.company.other_libraries import published_elsewhere
from figma_warehouse.sandbox.company.variable_collections import defined_variables, local_variables
from figma_warehouse.sandbox.company.weekly_events import advance_week
from figma_warehouse.sandbox.organisation import FileInfo, FileVersion, Folder, PublishedRow, Team
from figma_warehouse.sandbox.truth import (
    activity_truth,
    component_truth,
    hygiene_truth,
    slot_truth,
    style_truth,
    token_truth,
    variable_truth,
)
from figma_warehouse.sandbox.truth.code_truth import code_coverage
from figma_warehouse.sandbox.truth.comment_truth import PinnedNode, comment_thread
from figma_warehouse.sandbox.truth.definition_truth import component_changes
from figma_warehouse.sandbox.truth.deprecated_truth import deprecated_usage
from figma_warehouse.sandbox.truth.ground_truth import FileTruth, Truth
from figma_warehouse.sandbox.truth.history import EventTruth, SaveTruth, StateTruth, instance_events
from figma_warehouse.sandbox.truth.key_lookup_truth import KeyLookup, key_lookups
from figma_warehouse.sandbox.truth.library_facts import (
    ComponentSetFacts,
    LibraryFacts,
    PublishedFacts,
    StyleFacts,
)
from figma_warehouse.sandbox.truth.library_usage_truth import library_usage
from figma_warehouse.sandbox.truth.override_truth import component_overrides
from figma_warehouse.sandbox.truth.page_truth import PageWeight, page_weight
from figma_warehouse.sandbox.truth.peer_truth import peer_adoption
from figma_warehouse.sandbox.truth.shadow_truth import shadow_components
from figma_warehouse.sandbox.truth.tallies import FileTally, PlacedInstance, StatusForDev, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from figma_warehouse.sandbox.company.code_links import CodeLink
    from figma_warehouse.sandbox.company.comment_threads import SampleThread
    from figma_warehouse.sandbox.company.company_state import Company, SampleFile, Save
    from figma_warehouse.sandbox.company.document_json import SamplePage, TopLayer
    from figma_warehouse.sandbox.company.layers import Component, Style
    from figma_warehouse.sandbox.organisation import ActivityEvent, FigmaUsage, LibraryAction
    from figma_warehouse.sandbox.truth.component_truth import Usage

MAX_CACHED_BYTES = 96_000_000


class SampleOrganisation:
    """A product company's Figma, generated from a seed. The same seed and weeks give the same answers.

    The clock is at the end of `week`, by default the last of `weeks`. It may pass `weeks`. The first week starts at
    `start`, a Monday, UTC; every other time follows from it. With `scale` there are 115 files of 1.7 million nodes in
    all, each generated when a request needs it; `truth` then generates them all. With `sizes` there are plain files of
    so many nodes each, and the two libraries.
    """

    def __init__(
        self,
        seed: int = 7,
        weeks: int = 26,
        week: int | None = None,
        scale: bool = False,
        sizes: Sequence[int] = (),
        start: datetime = FIRST_MONDAY,
    ) -> None:
        self.weeks = weeks
        self.token = f"figd_sandbox-{seed}"
        self._company = build_company(seed, archive_sizes() if scale else sizes, start)
        self._lock, self._writing = threading.RLock(), threading.Lock()
        self._tallies: dict[TopLayer, Tally] = {}
        self._is_large = scale or bool(sizes)
        self._documents: OrderedDict[Save, DocumentJson] = OrderedDict()
        self.advance(weeks if week is None else week)

    @property
    def at(self) -> datetime:
        """The clock: the end of the present week, in UTC."""
        return self._company.start + timedelta(weeks=self.week)

    @property
    def week(self) -> int:
        """The present week, 0 before the first."""
        return self._company.week

    @property
    def team_ids(self) -> list[str]:
        """The teams that the token can read."""
        return [team.id for team in self._company.teams if team.is_readable]

    def copy(self) -> SampleOrganisation:
        """The same organisation with a clock of its own. Both share the documents that are generated already."""
        with self._lock:
            other = copy(self)
            other._company = self._company.copy()
            other._lock = threading.RLock()
            return other

    def advance(self, weeks: int = 1) -> None:
        """Move the clock forward, week by week."""
        with self._lock:
            for _ in range(weeks):
                advance_week(self._company)

    def team(self, team_id: str) -> Team | None:
        """The team; one of them is not readable. None if the id is unknown."""
        return next((team for team in self._company.teams if team.id == team_id), None)

    def folder(self, folder_id: str) -> Folder | None:
        """The folder; None if the id is unknown."""
        return next((folder for folder in self._company.folders if folder.id == folder_id), None)

    def folders(self, team_id: str, parent_id: str | None) -> Sequence[Folder]:
        """The folders directly below a folder, or directly below the team if `parent_id` is None."""
        return [one for one in self._company.folders if one.team_id == team_id and one.parent_id == parent_id]

    def files(self, folder_id: str) -> Sequence[FileInfo]:
        """The main files of a folder, by name."""
        with self._lock:
            main_files = [file for file in self._existing_files() if file.folder_id == folder_id and not file.main_key]
            return sorted(map(_file_info, main_files), key=lambda file: file.name)

    def file(self, key: str) -> FileInfo | None:
        """The main file or branch; None if the key is unknown or the file is deleted."""
        with self._lock:
            file = self._company.files.get(key)
            return None if file is None or file.is_removed else _file_info(file)

    def versions(self, key: str) -> Sequence[FileVersion]:
        """The version history of a file, newest first."""
        with self._lock:
            return [_file_version(save) for save in reversed(self._company.files[key].saves) if save.is_listed]

    def document(self, key: str, version: str | None) -> bytes | None:
        """The answer of GET file, now or at a version. If several saves have the version, the newest counts."""
        with self._lock:
            file = self._company.files[key]
            save = next((one for one in reversed(file.saves) if version in (None, one.version)), None)
            local_styles = list(file.local_styles)
        return None if save is None else answer_document(file, save, self._document(save, local_styles))

    def published(self, kind: str) -> Sequence[PublishedRow]:
        """All published `components`, `component_sets` or `styles`, by number."""
        with self._lock:
            return sorted(self._company.published[kind].values(), key=lambda item: item.number)

    def published_elsewhere(self, kind: str) -> Sequence[PublishedRow]:
        """What libraries outside of the organisation publish: only a request by key answers with it."""
        return published_elsewhere(self._company.design_system, self._company.start)[kind]

    def variables(self, key: str) -> dict[str, Any]:
        """The variables that a file defines, and copies of those of the core library that it binds."""
        with self._lock:
            bound = {variable for variable, _ in self._tally(self._company.files[key].current).bindings}
        return local_variables(self._company.design_system, key == self._company.core_library.key, bound)

    def comments(self, key: str) -> list[dict[str, Any]]:
        """The threads of a file up to the clock, all comments in one list."""
        with self._lock:
            return comment_answers(key, threads_of(self._company, self._company.files[key], self.at))

    def dev_resources(self, key: str) -> list[dict[str, str]]:
        """The links from the components of a library to code."""
        with self._lock:
            return link_answers(key, code_links(self._company, key))

    def figma_usage(self) -> dict[str, FigmaUsage]:
        """What Figma's library analytics count, by key; only components, styles and variables that are used."""
        with self._lock:
            counted = [(file.folder_id, file.current) for file in (*self._existing_files(), *self._company.drafts)]
            team_ids = {folder.id: folder.team_id for folder in self._company.folders}
            return component_truth.figma_usage((team_ids.get(id_, ""), self._tally(save)) for id_, save in counted)

    def library_actions(self, key: str) -> list[LibraryAction]:
        """Figma's own account of a library in the year before the clock, by week."""
        with self._lock:
            return library_actions(self._company, key)

    def activity_events(self) -> list[ActivityEvent]:
        """The events of the activity log in the year before the clock, the oldest first."""
        with self._lock:
            return activity_events(self._company, self.at)

    def truth(self) -> Truth:
        """The ground truth at the present clock."""
        with self._lock:
            existing = self._existing_files()
            readable = [file for file in existing if file.is_readable]
            tallies = {file.key: self._tally(file.current) for file in readable}
            files = [self._file_tally(file, tallies[file.key]) for file in readable if not file.main_key]
            branches = [(file.main_key, tallies[file.key]) for file in readable if file.main_key]
            facts, lookups = self._library_facts(), self._key_lookups(tallies)
            publishing_files = facts.publishing_files
            usage = component_truth.component_usage(files, publishing_files)
            style_usage = style_truth.style_usage(files)
            return Truth(
                files={file.key: self._file_truth(file, tallies.get(file.key, Tally())) for file in existing},
                component_usage=usage,
                published_components=frozenset(publishing_files),
                unused_components=component_truth.unused_components(usage, publishing_files),
                style_usage=style_usage,
                orphaned_styles=style_truth.orphaned_styles(files, frozenset(self._company.published["styles"])),
                branch_usage=component_truth.branch_usage(branches, publishing_files),
                branch_references=style_truth.branch_references(tally for _, tally in branches),
                node_counts=self._node_counts(),
                removed_files=frozenset(file.key for file in self._company.files.values() if file.is_removed),
                figma_usage=self.figma_usage(),
                key_lookups=lookups,
                library_usage_looked_up=library_usage(files, usage, facts, lookups),
                deprecated_usage=deprecated_usage(deprecations(self._company), usage, style_usage),
                page_weight=self._page_weights([file for file in readable if not file.main_key]),
                ready_for_dev=self._dev_statuses([file for file in readable if not file.main_key]),
                component_changes=component_changes(
                    self._company.definition_changes, self._company.definition_publications
                ),
                **self._comment_truth(),
                code_coverage=code_coverage(self._code_links(), usage, facts),
                **_style_truth(files, usage, facts),
                **_library_truth(files, usage, facts),
                **_variable_truth(self._company, files),
                **_token_truth(files, {file.key: file.current.modified_at for file in readable}),
                **self._activity_truth(existing),
            )

    def saves(self) -> list[SaveTruth]:
        """Every save so far of every readable file, branches and deleted files included."""
        with self._lock:
            return [
                SaveTruth(
                    file.key, save.version, save.modified_at, save.user.id, save.label is not None, save.is_listed
                )
                for file in self._company.files.values()
                if file.is_readable
                for save in file.saves
            ]

    def state(self, key: str, version: str, modified_at: datetime) -> StateTruth:
        """One state that a file has or had. Which components its file publishes is as of now."""
        with self._lock:
            file = self._company.files[key]
            tally = self._tally(_find_save(file, version, modified_at))
            publishing_files = self._publishing_files()
            usage = {
                component: component_truth.usage_of(counts, is_published_here=publishing_files.get(component) == key)
                for component, counts in tally.components.items()
            }
            return StateTruth(key, modified_at, file.main_key is not None, tally.nodes, usage)

    def instance_events(
        self, key: str, before: tuple[str, datetime], after: tuple[str, datetime]
    ) -> dict[str, EventTruth]:
        """By node id: what happened to the instances of a file between two states, each a version and last_modified."""
        with self._lock:
            file = self._company.files[key]
            old, new = ({*_top_layers(_find_save(file, *state))} for state in (before, after))
            detachments = [edit for one in new - old for edit in one.edits if isinstance(edit, InstanceDetachment)]
            frames = {edit.node_id: edit.frame_id for edit in detachments}
            return instance_events(_instances(old - new), _instances(new - old), frames)

    def _activity_truth(self, existing: Sequence[SampleFile]) -> dict[str, Any]:
        """What the marts about Figma's own account of activity must hold, by the names in Truth."""
        main_keys = {file.key: file.main_key or file.key for file in existing}
        expected = [file.key for file in existing if not file.main_key and file.editor_type in EDITORS]
        events = self.activity_events()
        return {
            "file_views": activity_truth.file_views(events, self.saves(), main_keys),
            "library_actions": {
                (library.key, one.kind, one.key, one.week): (one.insertions, one.detachments)
                for library in (self._company.core_library, self._company.icon_library)
                for one in self.library_actions(library.key)
            },
            "unopened_files": activity_truth.unopened_files(events, main_keys, expected),
        }

    def _existing_files(self) -> list[SampleFile]:
        return [file for file in self._company.files.values() if not file.is_removed]

    def _publishing_files(self) -> dict[str, str]:
        return {key: item.file_key for key, item in self._company.published["components"].items()}

    def _document(self, save: Save, local_styles: list[Style]) -> DocumentJson:
        """Generate a document, or take it from the cache. Other answers do not wait for it."""
        with self._writing:
            if save in self._documents:
                self._documents.move_to_end(save)
                return self._documents[save]
            with collector_paused():
                # the tallies of a large organisation would take several hundred megabytes
                document = write_document(save.pages, local_styles, None if self._is_large else self._tallies)
            self._documents[save] = document
            while len(self._documents) > 1 and self._cached_bytes() > MAX_CACHED_BYTES:
                self._documents.popitem(last=False)
        return document

    def _cached_bytes(self) -> int:
        return sum(len(document.tree) for document in self._documents.values())

    def _tally(self, save: Save) -> Tally:
        tally = Tally()
        tally.count_node("DOCUMENT", is_visible=True)
        for page in save.pages:
            tally.add(self._page_tally(page))
        return tally

    def _page_tally(self, page: SamplePage) -> Tally:
        tally = Tally()
        tally.count_node("CANVAS", is_visible=True)
        for top_layer in page.top_layers:
            tally.add(self._layer_tally(top_layer))
        return tally

    def _page_weights(self, files: Sequence[SampleFile]) -> dict[tuple[str, str], PageWeight]:
        return {
            (file.key, page.id): page_weight(self._page_tally(page), list(map(self._layer_tally, page.top_layers)))
            for file in files
            for page in file.current.pages
        }

    def _dev_statuses(self, files: Sequence[SampleFile]) -> dict[tuple[str, str, str], StatusForDev]:
        return {
            (file.key, page.id, node_id): status
            for file in files
            for page in file.current.pages
            for node_id, status in self._page_tally(page).dev_statuses.items()
        }

    def _comment_truth(self) -> dict[str, Any]:
        """What people wrote, and what the mart about it must hold, by the names in Truth."""
        files = {file.key: file for file in self._existing_files() if not file.main_key}
        written = {key: threads_of(self._company, file, self.at) for key, file in files.items()}
        threads = {
            (key, thread.first.id): comment_thread(thread, _pinned_nodes(files[key], several))
            for key, several in written.items()
            for thread in several
        }
        return {"written_threads": written, "comment_threads": threads}

    def _code_links(self) -> dict[str, list[CodeLink]]:
        libraries = {item.file_key for items in self._company.published.values() for item in items.values()}
        return {key: code_links(self._company, key) for key in sorted(libraries)}

    def _layer_tally(self, top_layer: TopLayer) -> Tally:
        if top_layer not in self._tallies:
            self._tallies[top_layer] = top_layer.tally()
        return self._tallies[top_layer]

    def _file_tally(self, file: SampleFile, tally: Tally) -> FileTally:
        folder = self.folder(file.folder_id)
        return FileTally(
            file.key,
            file.folder_id,
            folder.team_id if folder else "",
            tally,
            [_style_facts(style) for style in file.local_styles],
            is_design=file.editor_type == "figma",
        )

    def _library_facts(self) -> LibraryFacts:
        published, core = self._company.published, self._company.core_library
        components = [one for family in self._company.design_system.families.values() for one in family]
        defined: list[Component | ComponentSet] = [*components, *core.sets]
        documentation = {one.key: one.documentation_url for one in defined}
        return LibraryFacts(
            publishing_files=self._publishing_files(),
            published_styles=[_style_facts(style) for style in core.styles if style.key in published["styles"]],
            published_set_keys=frozenset(published["component_sets"]),
            published=[
                _published_facts(kind, item, documentation.get(item.key, ""))
                for kind, items in published.items()
                for item in items.values()
            ],
            sets=[
                ComponentSetFacts(each.key, frozenset(_declared_values(each)), _defaults(each))
                for each in self._current_sets()
            ],
            set_keys={one.key: one.component_set.key for one in components if one.component_set},
        )

    def _current_sets(self) -> Iterator[ComponentSet]:
        """The sets as they are defined now, with the values of their published variants: others are not offered."""
        for each in self._company.core_library.sets:
            current = self._company.redefined.get(each.key, each)
            if isinstance(current, ComponentSet):
                yield replace(current, variant_options=each.variant_options)

    def _key_lookups(self, tallies: dict[str, Tally]) -> dict[tuple[str, str], KeyLookup]:
        """The keys that are neither published nor defined in a readable file, branches included."""
        published = {key for items in self._company.published.values() for key in items}
        defined = {style.key for key in tallies for style in self._company.files[key].local_styles}
        defined.update(*(tally.definitions for tally in tallies.values()))
        elsewhere = {
            one.key: one.file_key for kind in self._company.published for one in self.published_elsewhere(kind)
        }
        return key_lookups(tallies.values(), frozenset(published | defined), elsewhere)

    def _file_truth(self, file: SampleFile, tally: Tally) -> FileTruth:
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
        return {
            (file.key, save.version, save.modified_at): self._count_nodes(save)
            for file in self._company.files.values()
            if file.is_readable
            for save in file.saves
        }

    def _count_nodes(self, save: Save) -> int:
        return 1 + len(save.pages) + sum(self._layer_tally(top_layer).nodes for top_layer in _top_layers(save))


def answer_document(file: SampleFile, save: Save, document: DocumentJson) -> bytes:
    """The whole answer of GET file, with a new thumbnail address."""
    return msgspec.json.encode(
        {
            "document": msgspec.Raw(document.tree),
            **document.maps,
            "schemaVersion": 0,
            "name": file.name,
            "lastModified": format_time(save.modified_at),
            "thumbnailUrl": thumbnail_url(),
            "version": save.version,
            "role": "viewer",
            "editorType": file.editor_type,
            "linkAccess": "org_view",
        }
    )


def _find_save(file: SampleFile, version: str, modified_at: datetime) -> Save:
    return next(save for save in file.saves if (save.version, save.modified_at) == (version, modified_at))


def _top_layers(save: Save) -> list[TopLayer]:
    return [top_layer for page in save.pages for top_layer in page.top_layers]


def _instances(top_layers: set[TopLayer]) -> dict[str, PlacedInstance]:
    found: dict[str, PlacedInstance] = {}
    for top_layer in top_layers:
        found |= top_layer.write()[1].instances
    return found


def _style_facts(style: Style) -> StyleFacts:
    values = {"FILL": lambda: f"{style.value}ff", "TEXT": lambda: font_text(style.value)}
    return StyleFacts(style.key, style.name, style.type, values[style.type]() if style.type in values else "")


def _style_truth(files: Sequence[FileTally], usage: Usage, facts: LibraryFacts) -> dict[str, Any]:
    """What the marts about styles and their values must hold, by the names in Truth."""
    published = frozenset(facts.publishing_files)
    return {
        "adoption": style_truth.adoption(files, usage, facts),
        "peer_adoption": peer_adoption(files, facts),
        "slot_adoption": slot_truth.slot_adoption(files, facts),
        "shadow_styles": dict(style_truth.shadow_styles(files, facts)),
        "hardcoded_values": style_truth.hardcoded_values(files, published),
        "palette": style_truth.palette(files, facts),
        "slot_palette": style_truth.slot_palette(files, facts),
        "main_roles": style_truth.main_roles(files, published),
    }


def _library_truth(files: Sequence[FileTally], usage: Usage, facts: LibraryFacts) -> dict[str, Any]:
    """What the marts about components and libraries must hold, by the names in Truth."""
    variant_usage = component_truth.variant_usage(files, facts)
    dependencies = component_truth.component_dependencies(files)
    return {
        "lost_components": dict(component_truth.lost_components(files, facts)),
        "component_dependencies": dependencies,
        "component_impact": component_truth.component_impact(files, usage, dependencies, facts),
        "component_set_reach": component_truth.component_set_reach(usage, facts),
        "variant_usage": variant_usage,
        "set_weight": component_truth.set_weight(files, facts),
        "library_hygiene": hygiene_truth.library_hygiene(facts, variant_usage),
        "library_usage": library_usage(files, usage, facts),
        "component_overrides": component_overrides(files, usage, facts),
        "shadow_components": dict(shadow_components(files, usage, facts)),
    }


def _token_truth(files: Sequence[FileTally], modified: Mapping[str, datetime]) -> dict[str, Any]:
    """What the marts about variables must hold, by the names in Truth."""
    return {
        "variable_usage": token_truth.variable_usage(files),
        "variable_reach": token_truth.variable_reach(files),
        "stale_bindings": token_truth.stale_bindings(files, modified),
    }


def _variable_truth(company: Company, files: Sequence[FileTally]) -> dict[str, Any]:
    """What the marts about named variables must hold, by the names in Truth."""
    defined, core_key = defined_variables(company.design_system), company.core_library.key
    return {
        "variable_names": variable_truth.variable_names(defined, core_key),
        "unused_variables": variable_truth.unused_variables(defined, core_key, files),
        "variable_aliases": variable_truth.variable_aliases(defined),
    }


def _declared_values(component_set: ComponentSet) -> Iterator[tuple[str, str, str]]:
    for option, values in component_set.variant_options.items():
        yield from ((option, "VARIANT", value) for value in values)
    for each in component_set.properties:
        yield each.name, each.type, value_text(each.default)
        if isinstance(each.default, bool):
            yield each.name, each.type, value_text(not each.default)


def _defaults(component_set: ComponentSet) -> dict[str, str]:
    options = {option: values[0] for option, values in component_set.variant_options.items()}
    return options | {each.name: value_text(each.default) for each in component_set.properties}


def _published_facts(kind: str, item: PublishedRow, documentation_url: str) -> PublishedFacts:
    row = item.row
    in_set = row.get("containing_frame", {}).get("containingComponentSet") or {}
    return PublishedFacts(
        kind.removesuffix("s"),
        item.key,
        row["name"],
        row["description"],
        item.file_key,
        row.get("style_type", ""),
        in_set.get("nodeId", ""),
        documentation_url,
    )


def _pinned_nodes(file: SampleFile, threads: Sequence[SampleThread]) -> dict[str, PinnedNode]:
    """The top-level layers that threads are pinned to, by node id; none if the document cannot be read."""
    pins = {thread.node_id for thread in threads}
    top_layers = [(page, one) for page in file.current.pages for one in page.top_layers if root_id(one) in pins]
    if not file.is_readable:
        return {}
    return {root_id(one): PinnedNode(one.write()[0]["name"], page.id, page.name) for page, one in top_layers}


def _file_info(file: SampleFile) -> FileInfo:
    save = file.current
    return FileInfo(
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


def _file_version(save: Save) -> FileVersion:
    description = f"{save.label}: see the changelog" if save.label else None
    return FileVersion(save.version, save.modified_at, save.label, description, save.user)
