"""What happens in a week: ordinary edits, and the events of which every warehouse must make sense."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from figma_warehouse.sandbox.company import vocabulary
from figma_warehouse.sandbox.company.alterations import Detachment, Swap, instances_in
from figma_warehouse.sandbox.company.libraries import UNRELEASED, WITHDRAWN
from figma_warehouse.sandbox.company.screens import screen, section
from figma_warehouse.sandbox.company.world import (
    ODD_NAME,
    add_file,
    family_items,
    new_block,
    publish,
    save_file,
    shelf_for,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from figma_warehouse.sandbox.company.alterations import Alteration
    from figma_warehouse.sandbox.company.blocks import Block, DrawnPage
    from figma_warehouse.sandbox.company.blueprints import Component, Part
    from figma_warehouse.sandbox.company.world import SampleFile, World

    Event = Callable[[World, datetime], None]

GROWING = "Checkout flow"
SHRINKING = "Campaign pages"
EDITS_A_WEEK = 10
CYCLE_WEEKS = 11
CYCLE_FROM = 21
UNTOUCHED = (GROWING, SHRINKING, ODD_NAME, "Core library", "Icons & illustrations", "Onboarding", "Help centre")
# the first halves of the ids of detached frames and of their layers: past those of any block
DETACHED = 10_000
WITHDRAWN_STYLES = ("Accent/Plum", "Elevation/Medium", "Accent/Mint", "Caption")


def live_week(world: World) -> None:
    """Move the world one week on."""
    world.week += 1
    monday = world.start + timedelta(weeks=world.week - 1)
    for file in _edited(world):
        edit(world, file, monday)
    grow(world, world.named(GROWING), monday)
    shrink(world, world.named(SHRINKING), monday, 1)
    for at, event in enumerate(EVENTS[(world.week - CYCLE_FROM) % CYCLE_WEEKS]):
        event(world, monday + timedelta(days=4, hours=9 + 2 * at, minutes=13 * at))


def edit(world: World, file: SampleFile, monday: datetime) -> None:
    """One sitting: up to three saves within the half hour, mostly adding, the last of them named at times."""
    throw = world.dice(world.week, file.key, "edit")
    at = monday + timedelta(days=throw.randint(0, 2), hours=throw.randint(8, 17), seconds=throw.randint(0, 3599))
    for step in range(throw.randint(1, 3)):
        block = new_block(world, file, throw.randint(20, 60))
        replaced = throw.random() < 0.4
        label = throw.choice(vocabulary.LABELS) if step == 0 and throw.random() < 0.3 else None
        pages = _with_block(file.current.pages, block, replaced)
        save_file(world, file, at + timedelta(minutes=12 * step), pages, label)


def grow(world: World, file: SampleFile, monday: datetime) -> None:
    """Three saves with a large block each."""
    for step in range(3):
        pages = _with_block(file.current.pages, new_block(world, file, 60 + 5 * step), replaced=False)
        label = "Weekly review" if step == 2 else None
        save_file(world, file, monday + timedelta(days=step, hours=14, minutes=5 * step), pages, label)


def shrink(world: World, file: SampleFile, at: datetime, blocks: int) -> None:
    """Take the last blocks off the fullest page, but for one."""
    fullest = max(file.current.pages, key=lambda page: len(page.blocks))
    kept = fullest.blocks[: max(1, len(fullest.blocks) - blocks)]
    if len(kept) < len(fullest.blocks):
        pages = tuple(replace(page, blocks=kept) if page is fullest else page for page in file.current.pages)
        save_file(world, file, at + timedelta(hours=10), pages)


def rename(world: World, at: datetime) -> None:
    """A file gets another name; neither its version nor its last_modified moves."""
    file = _pick(world, "rename")
    file.name = f"{file.name.split(' (')[0]} ({at:%B %Y})"


def move(world: World, at: datetime) -> None:  # noqa: ARG001
    """A file goes to another folder, and nothing else about it changes."""
    file = _pick(world, "move")
    others = [folder.id for folder in world.folders if folder.id != file.folder_id]
    file.folder_id = world.dice(world.week, "where").choice(others)


def delete(world: World, at: datetime) -> None:  # noqa: ARG001
    """A file is gone: 404 from now on."""
    _pick(world, "delete").is_removed = True


def create(world: World, at: datetime) -> None:
    """A new file."""
    made = sum(file.saves[0].modified_at > world.start for file in world.files.values())
    again, place = divmod(made, len(vocabulary.NEW_FILES))
    name = vocabulary.NEW_FILES[place] + (f" {again + 1}" if again else "")
    _, path = world.dice(world.week, "create").choice(vocabulary.FOLDERS[1:])
    add_file(world, name, path, 260, at)


def empty(world: World, at: datetime) -> None:
    """All pages of a file lose all their layers."""
    file = _pick(world, "empty")
    save_file(world, file, at, tuple(replace(page, blocks=()) for page in file.current.pages))


def cut_back(world: World, at: datetime) -> None:
    """A file loses a third of its fullest page."""
    file = _pick(world, "cut")
    shrink(world, file, at, max(1, max(len(page.blocks) for page in file.current.pages) // 3))


def save_silently(world: World, at: datetime) -> None:
    """An edit that moves last_modified and the content, but not the version."""
    file = _pick(world, "silent")
    pages = _with_block(file.current.pages, new_block(world, file, 24), replaced=False)
    save_file(world, file, at, pages, listed=False)


def save_unchanged(world: World, at: datetime) -> None:
    """A save that moves version and last_modified over the same content."""
    file = _pick(world, "unchanged")
    save_file(world, file, at, file.current.pages, "No changes")


def release(world: World, at: datetime) -> None:
    """The core library publishes one more component and a new row for Button; some file uses it at once."""
    name = next((name for name in UNRELEASED if not _is_published(world, name)), None)
    for kind, item in family_items(world, name) if name else []:
        publish(world, kind, item, at)
    for kind, item in family_items(world, "Button"):
        publish(world, kind, item, at)
    core = world.files[world.core.key]
    save_file(world, core, at, core.current.pages, f"Release of week {world.week}")
    if name:
        _try_out(world, name, at)


def withdraw(world: World, at: datetime) -> None:
    """The core library unpublishes a component that files go on using."""
    name = next((name for name in WITHDRAWN if _is_published(world, name)), None)
    for kind, item in family_items(world, name) if name else []:
        del world.published[kind][item.key]
    core = world.files[world.core.key]
    save_file(world, core, at, core.current.pages, f"Clean-up of week {world.week}")


def withdraw_style(world: World, at: datetime) -> None:  # noqa: ARG001
    """The core library unpublishes a style that files go on using."""
    listed = world.published["styles"]
    gone = next((s.key for s in world.core.styles if s.name in WITHDRAWN_STYLES and s.key in listed), None)
    if gone:
        del listed[gone]


def swap(world: World, at: datetime) -> None:
    """A designer has up to three instances of a screen show another variant, or another icon."""
    throw = world.dice(world.week, "swapped")

    def other(placed: Part) -> list[Component]:
        return [one for one in _kin(world, placed.uses) if one is not placed.uses] if placed.uses else []

    def alterations(chosen: list[Part]) -> list[Alteration]:
        return [Swap(placed.node_id, throw.choice(other(placed))) for placed in chosen]

    _alter(world, _pick(world, "swap"), at, lambda placed: bool(other(placed)), alterations)


def detach(world: World, at: datetime) -> None:
    """A designer detaches up to three instances of components of the core library on a screen."""

    def able(placed: Part) -> bool:
        return placed.uses is not None and placed.uses.home == world.core.key

    def alterations(chosen: list[Part]) -> list[Alteration]:
        first = DETACHED + 10 * world.week
        return [Detachment(placed.node_id, first + number) for number, placed in enumerate(chosen)]

    _alter(world, _pick(world, "detach"), at, able, alterations)


def _kin(world: World, component: Component) -> list[Component]:
    """What a component is swapped for: the other variants of its set, or of an icon the other icons."""
    if component.owner:
        return component.owner.variants
    return list(world.kit.icons.values()) if component.home == world.icons.key else []


def _alter(
    world: World,
    file: SampleFile,
    at: datetime,
    able: Callable[[Part], bool],
    alterations: Callable[[list[Part]], Sequence[Alteration]],
) -> None:
    """Save a file in which up to three of the instances of one screen that are able to be altered are."""
    throw = world.dice(world.week, file.key, "altered")
    blocks = [block for page in file.current.pages for block in page.blocks if block.recipe in (screen, section)]
    for block in throw.sample(blocks, len(blocks)):
        placed = [parent.children[place] for parent, place in instances_in(block.numbered())]
        found = [part for part in placed if able(part)]
        if found:
            chosen = throw.sample(found, min(len(found), throw.randint(1, 3)))
            altered = replace(block, alterations=(*block.alterations, *alterations(chosen)))
            save_file(world, file, at, tuple(_with_other(page, block, altered) for page in file.current.pages))
            return


def _with_other(page: DrawnPage, block: Block, other: Block) -> DrawnPage:
    return (
        replace(page, blocks=tuple(other if one is block else one for one in page.blocks))
        if block in page.blocks
        else page
    )


def _try_out(world: World, name: str, at: datetime) -> None:
    file = world.named(GROWING)
    block = new_block(world, file, 40)
    liked = replace(shelf_for(world, file), families=[world.kit.made[name]], weights=[1])
    pages = _with_block(file.current.pages, replace(block, shelf=liked), replaced=False)
    save_file(world, file, at + timedelta(hours=1), pages, f"{name} tried out")


def _is_published(world: World, name: str) -> bool:
    return world.kit.made[name][0].key in world.published["components"]


def _edited(world: World) -> list[SampleFile]:
    able = [f for f in world.files.values() if _is_alive(f) and f.key not in (world.core.key, world.icons.key)]
    able = [file for file in able if file.name not in (GROWING, SHRINKING)]
    return world.dice(world.week, "edited").sample(able, EDITS_A_WEEK)


def _pick(world: World, purpose: str) -> SampleFile:
    able = [f for f in world.files.values() if _is_alive(f) and not f.main_key and f.editor_type == "figma"]
    able = [f for f in able if f.is_exportable and f.name not in UNTOUCHED and not f.name.startswith("=")]
    return world.dice(world.week, purpose).choice(able)


def _is_alive(file: SampleFile) -> bool:
    return not file.is_removed and any(page.blocks for page in file.current.pages)


def _with_block(pages: tuple[DrawnPage, ...], block: Block, replaced: bool) -> tuple[DrawnPage, ...]:
    first, *rest = pages
    kept = first.blocks[1:] if replaced and len(first.blocks) > 2 else first.blocks
    return (replace(first, blocks=(*kept, block)), *rest)


# by week of the cycle, which begins in week 21
EVENTS: tuple[tuple[Event, ...], ...] = (
    (rename, create),
    (release, move, swap),
    (delete, save_unchanged, detach),
    (withdraw, save_silently),
    (create, cut_back, swap),
    (empty, rename, detach),
    (release, save_unchanged),
    (move, save_silently, swap),
    (withdraw_style, withdraw),
    (cut_back, create, detach),
    (delete, release),
)
