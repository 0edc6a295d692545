"""What happens in a week: ordinary edits, and the events that a warehouse must follow."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from figma_warehouse.sandbox.company import sample_names
from figma_warehouse.sandbox.company.company_state import (
    available_assets,
    family_items,
    make_top_layer,
    publish_item,
    save_file,
)
from figma_warehouse.sandbox.company.definition_edits import change_definitions
from figma_warehouse.sandbox.company.design_files import ODD_NAME, add_design_file
from figma_warehouse.sandbox.company.instance_edits import InstanceDetachment, InstanceSwap, find_instances
from figma_warehouse.sandbox.company.library_components import UNPUBLISHED_LATER, UNRELEASED
from figma_warehouse.sandbox.company.templates import screen, section

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from figma_warehouse.sandbox.company.company_state import Company, SampleFile
    from figma_warehouse.sandbox.company.document_json import SamplePage, TopLayer
    from figma_warehouse.sandbox.company.instance_edits import InstanceEdit
    from figma_warehouse.sandbox.company.layers import Component, Layer

    Event = Callable[[Company, datetime], None]

GROWING_FILE = "Checkout flow"
SHRINKING_FILE = "Campaign pages"
FILES_EDITED_PER_WEEK = 10
CYCLE_WEEKS = 11
CYCLE_START_WEEK = 21
FILES_WITHOUT_EVENTS = (
    GROWING_FILE,
    SHRINKING_FILE,
    ODD_NAME,
    "Core library",
    "Icons & illustrations",
    "Onboarding",
    "Help centre",
)
# of the ids of detached frames and of their layers; no top-level layer has one as high
FIRST_DETACHED_SESSION_ID = 10_000
STYLES_UNPUBLISHED_LATER = ("Accent/Plum", "Elevation/Medium", "Accent/Mint", "Caption")


def advance_week(company: Company) -> None:
    """Move the company one week on."""
    company.week += 1
    monday = company.start + timedelta(weeks=company.week - 1)
    for file in _choose_files_to_edit(company):
        edit_file(company, file, monday)
    grow_file(company, company.file_named(GROWING_FILE), monday)
    shrink_file(company, company.file_named(SHRINKING_FILE), monday, 1)
    for index, event in enumerate(EVENTS[(company.week - CYCLE_START_WEEK) % CYCLE_WEEKS]):
        event(company, monday + timedelta(days=4, hours=9 + 2 * index, minutes=13 * index))


def edit_file(company: Company, file: SampleFile, monday: datetime) -> None:
    """One session: up to three saves within half an hour. Most add a screen, and the first one may have a name."""
    rng = company.seeded_random(company.week, file.key, "edit")
    at = monday + timedelta(days=rng.randint(0, 2), hours=rng.randint(8, 17), seconds=rng.randint(0, 3599))
    for step in range(rng.randint(1, 3)):
        top_layer = make_top_layer(company, file, rng.randint(20, 60))
        is_replacement = rng.random() < 0.4
        label = rng.choice(sample_names.LABELS) if step == 0 and rng.random() < 0.3 else None
        pages = _add_top_layer(file.current.pages, top_layer, is_replacement)
        save_file(company, file, at + timedelta(minutes=12 * step), pages, label)


def grow_file(company: Company, file: SampleFile, monday: datetime) -> None:
    """Three saves, each with a large new screen."""
    for step in range(3):
        pages = _add_top_layer(file.current.pages, make_top_layer(company, file, 60 + 5 * step), is_replacement=False)
        label = "Weekly review" if step == 2 else None
        save_file(company, file, monday + timedelta(days=step, hours=14, minutes=5 * step), pages, label)


def shrink_file(company: Company, file: SampleFile, at: datetime, top_layers: int) -> None:
    """Remove the last top-level layers of the fullest page, but for one."""
    fullest = max(file.current.pages, key=lambda page: len(page.top_layers))
    kept = fullest.top_layers[: max(1, len(fullest.top_layers) - top_layers)]
    if len(kept) < len(fullest.top_layers):
        pages = tuple(replace(page, top_layers=kept) if page is fullest else page for page in file.current.pages)
        save_file(company, file, at + timedelta(hours=10), pages)


def rename_file(company: Company, at: datetime) -> None:
    """Rename a file. Neither its version nor its last_modified changes."""
    file = _choose_file(company, "rename")
    file.name = f"{file.name.split(' (')[0]} ({at:%B %Y})"


def move_file(company: Company, at: datetime) -> None:  # noqa: ARG001
    """Move a file to another folder. Nothing else about it changes."""
    file = _choose_file(company, "move")
    others = [folder.id for folder in company.folders if folder.id != file.folder_id]
    file.folder_id = company.seeded_random(company.week, "where").choice(others)


def delete_file(company: Company, at: datetime) -> None:  # noqa: ARG001
    """Delete a file: it answers 404 from now on."""
    _choose_file(company, "delete").is_removed = True


def create_file(company: Company, at: datetime) -> None:
    """Create a file."""
    made = sum(file.saves[0].modified_at > company.start for file in company.files.values())
    round_, index = divmod(made, len(sample_names.NEW_FILES))
    name = sample_names.NEW_FILES[index] + (f" {round_ + 1}" if round_ else "")
    _, path = company.seeded_random(company.week, "create").choice(sample_names.FOLDERS[1:])
    add_design_file(company, name, path, 260, at)


def empty_file(company: Company, at: datetime) -> None:
    """Remove all layers from all pages of a file."""
    file = _choose_file(company, "empty")
    save_file(company, file, at, tuple(replace(page, top_layers=()) for page in file.current.pages))


def cut_back_file(company: Company, at: datetime) -> None:
    """Remove a third of the fullest page of a file."""
    file = _choose_file(company, "cut")
    shrink_file(company, file, at, max(1, max(len(page.top_layers) for page in file.current.pages) // 3))


def save_without_version(company: Company, at: datetime) -> None:
    """Save an edit that changes last_modified and the content, but not the version."""
    file = _choose_file(company, "silent")
    pages = _add_top_layer(file.current.pages, make_top_layer(company, file, 24), is_replacement=False)
    save_file(company, file, at, pages, is_listed=False)


def save_without_changes(company: Company, at: datetime) -> None:
    """Save the same content with a new version and last_modified."""
    file = _choose_file(company, "unchanged")
    save_file(company, file, at, file.current.pages, "No changes")


def release_component(company: Company, at: datetime) -> None:
    """Publish one more component of the core library, and Button again. A file uses the new component at once."""
    name = next((name for name in UNRELEASED if not _is_published(company, name)), None)
    for kind, item in family_items(company, name) if name else []:
        publish_item(company, kind, item, at)
    for kind, item in family_items(company, "Button"):
        publish_item(company, kind, item, at)
    change_definitions(company, at, f"Release of week {company.week}", is_release=True)
    if name:
        _use_released(company, name, at)


def unpublish_component(company: Company, at: datetime) -> None:
    """Unpublish a component of the core library that files still use."""
    name = next((name for name in UNPUBLISHED_LATER if _is_published(company, name)), None)
    for kind, item in family_items(company, name) if name else []:
        del company.published[kind][item.key]
    change_definitions(company, at, f"Clean-up of week {company.week}", is_release=False)


def unpublish_style(company: Company, at: datetime) -> None:  # noqa: ARG001
    """Unpublish a style of the core library that files still use."""
    published = company.published["styles"]
    styles = [style for style in company.core_library.styles if style.name in STYLES_UNPUBLISHED_LATER]
    key = next((style.key for style in styles if style.key in published), None)
    if key:
        del published[key]


def swap_instances(company: Company, at: datetime) -> None:
    """Swap up to three instances on a screen for another variant, or for another icon."""
    rng = company.seeded_random(company.week, "swapped")

    def alternatives(instance: Layer) -> list[Component]:
        component = instance.main_component
        return [one for one in _swap_candidates(company, component) if one is not component] if component else []

    def edits(chosen: list[Layer]) -> list[InstanceEdit]:
        return [InstanceSwap(instance.node_id, rng.choice(alternatives(instance))) for instance in chosen]

    _edit_instances(company, _choose_file(company, "swap"), at, lambda instance: bool(alternatives(instance)), edits)


def detach_instances(company: Company, at: datetime) -> None:
    """Detach up to three instances of core components on a screen."""

    def can_be_detached(instance: Layer) -> bool:
        return instance.main_component is not None and instance.main_component.file_key == company.core_library.key

    def edits(chosen: list[Layer]) -> list[InstanceEdit]:
        first = FIRST_DETACHED_SESSION_ID + 10 * company.week
        return [InstanceDetachment(instance.node_id, first + number) for number, instance in enumerate(chosen)]

    _edit_instances(company, _choose_file(company, "detach"), at, can_be_detached, edits)


def _swap_candidates(company: Company, component: Component) -> list[Component]:
    """What a component can be swapped for: the variants of its set; for an icon, all icons."""
    if component.component_set:
        return component.component_set.variants
    return list(company.design_system.icons.values()) if component.file_key == company.icon_library.key else []


def _edit_instances(
    company: Company,
    file: SampleFile,
    at: datetime,
    can_be_edited: Callable[[Layer], bool],
    edits: Callable[[list[Layer]], Sequence[InstanceEdit]],
) -> None:
    """Save a file in which up to three instances of one screen are edited, of those that can be."""
    rng = company.seeded_random(company.week, file.key, "altered")
    top_layers = [
        top_layer
        for page in file.current.pages
        for top_layer in page.top_layers
        if top_layer.template in (screen, section)
    ]
    for top_layer in rng.sample(top_layers, len(top_layers)):
        instances = [parent.children[index] for parent, index in find_instances(top_layer.build_layers())]
        found = [instance for instance in instances if can_be_edited(instance)]
        if found:
            chosen = rng.sample(found, min(len(found), rng.randint(1, 3)))
            edited = replace(top_layer, edits=(*top_layer.edits, *edits(chosen)))
            pages = tuple(_replace_top_layer(page, top_layer, edited) for page in file.current.pages)
            save_file(company, file, at, pages)
            return


def _replace_top_layer(page: SamplePage, top_layer: TopLayer, edited: TopLayer) -> SamplePage:
    return (
        replace(page, top_layers=tuple(edited if one is top_layer else one for one in page.top_layers))
        if top_layer in page.top_layers
        else page
    )


def _use_released(company: Company, name: str, at: datetime) -> None:
    file = company.file_named(GROWING_FILE)
    top_layer = make_top_layer(company, file, 40)
    assets = replace(
        available_assets(company, file), families=[company.design_system.families[name]], family_weights=[1]
    )
    pages = _add_top_layer(file.current.pages, replace(top_layer, assets=assets), is_replacement=False)
    save_file(company, file, at + timedelta(hours=1), pages, f"{name} tried out")


def _is_published(company: Company, name: str) -> bool:
    return company.design_system.families[name][0].key in company.published["components"]


def _choose_files_to_edit(company: Company) -> list[SampleFile]:
    libraries = company.core_library.key, company.icon_library.key
    candidates = [file for file in company.files.values() if _has_content(file) and file.key not in libraries]
    candidates = [file for file in candidates if file.name not in (GROWING_FILE, SHRINKING_FILE)]
    return company.seeded_random(company.week, "edited").sample(candidates, FILES_EDITED_PER_WEEK)


def _choose_file(company: Company, purpose: str) -> SampleFile:
    designs = [f for f in company.files.values() if _has_content(f) and not f.main_key and f.editor_type == "figma"]
    candidates = [f for f in designs if f.is_exportable and f.name not in FILES_WITHOUT_EVENTS]
    candidates = [f for f in candidates if not f.name.startswith("=")]
    return company.seeded_random(company.week, purpose).choice(candidates)


def _has_content(file: SampleFile) -> bool:
    return not file.is_removed and any(page.top_layers for page in file.current.pages)


def _add_top_layer(pages: tuple[SamplePage, ...], top_layer: TopLayer, is_replacement: bool) -> tuple[SamplePage, ...]:
    first, *rest = pages
    kept = first.top_layers[1:] if is_replacement and len(first.top_layers) > 2 else first.top_layers
    return (replace(first, top_layers=(*kept, top_layer)), *rest)


# by week of the cycle, which starts in week 21
EVENTS: tuple[tuple[Event, ...], ...] = (
    (rename_file, create_file),
    (release_component, move_file, swap_instances),
    (delete_file, save_without_changes, detach_instances),
    (unpublish_component, save_without_version),
    (create_file, cut_back_file, swap_instances),
    (empty_file, rename_file, detach_instances),
    (release_component, save_without_changes),
    (move_file, save_without_version, swap_instances),
    (unpublish_style, unpublish_component),
    (cut_back_file, create_file, detach_instances),
    (delete_file, release_component),
)
