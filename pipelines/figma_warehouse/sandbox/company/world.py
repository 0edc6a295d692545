"""The sample company before anything happens: teams, folders, libraries, files and their first saves."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from figma_warehouse.sandbox.company import screens, vocabulary
from figma_warehouse.sandbox.company.blocks import Block, DrawnPage
from figma_warehouse.sandbox.company.blueprints import (
    Component,
    ComponentSet,
    Style,
    dice,
    file_key,
    frame,
    hex_key,
    instance,
    text,
)
from figma_warehouse.sandbox.company.libraries import (
    COLOURS,
    LEGACY,
    UNRELEASED,
    Kit,
    SampleLibrary,
    build_libraries,
    make_component,
)
from figma_warehouse.sandbox.company.screens import Shelf
from figma_warehouse.sandbox.contract import Folder, Published, Team, User

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

# quantile, nodes: a real archive of one organisation
ARCHIVE = ((0.0, 180), (0.5, 5_020), (0.9, 42_828), (1.0, 160_026))
ARCHIVE_FILES = 115
START = datetime(2026, 5, 4, tzinfo=UTC)
# Figma's ids count seconds from about here, shifted by 32 bits
VERSION_EPOCH = datetime(2009, 1, 1, tzinfo=UTC)
BLOCK_NODES = 64
PUBLISHED_FROM = 1_878_000_000
NEVER_USED = ("Slider", "Skeleton", "Breadcrumb", "Date field", *UNRELEASED, *LEGACY)
FAVOURITES = (
    "Button",
    "Icon button",
    "Input",
    "Card",
    "List row",
    "Avatar",
    "Badge",
    "Tag",
    "Navigation bar",
    "Tab bar",
)
WITH_LEGACY = ("Returns", "Audit log", "Invoicing", "Marketing site")
WITH_ODDITIES = ("Density study", "<img src=x onerror=alert(1)>", "Help centre")
WITH_BRANCHES = ("Checkout flow", "Onboarding", "Core library")
ODD_NAME = "<img src=x onerror=alert(1)>"


@dataclass(eq=False)
class Save:
    """One state of a file; a save that is not listed moved last_modified but not the version."""

    version: str
    modified_at: datetime
    label: str | None
    user: User
    pages: tuple[DrawnPage, ...]
    is_listed: bool = True


@dataclass(eq=False)
class SampleFile:
    """A file or branch with all it went through. `imports` numbers the ids of what it imports."""

    key: str
    name: str
    folder_id: str
    imports: int
    creator: User
    editor_type: str = "figma"
    is_exportable: bool = True
    main_key: str | None = None
    saves: list[Save] = field(default_factory=list)
    own_styles: list[Style] = field(default_factory=list)
    locals: list[Component] = field(default_factory=list)
    branches: list[str] = field(default_factory=list)
    next_session: int = 1
    is_removed: bool = False

    @property
    def home(self) -> str:
        """The file whose definitions are local here: a branch shares its main file's."""
        return self.main_key or self.key

    @property
    def current(self) -> Save:
        """The newest state."""
        return self.saves[-1]

    @property
    def is_readable(self) -> bool:
        """Whether GET file answers with a document."""
        return self.is_exportable and self.editor_type in ("figma", "figjam")

    def take_session(self) -> int:
        """A first half of node ids that nothing in this file has yet."""
        self.next_session += 1
        return self.next_session - 1


@dataclass
class World:
    """Everything there is; events change it in place. Drafts lie in no folder, and no listing has them."""

    seed: int
    core: SampleLibrary
    icons: SampleLibrary
    kit: Kit
    users: list[User]
    teams: list[Team]
    folders: list[Folder]
    files: dict[str, SampleFile] = field(default_factory=dict)
    published: dict[str, dict[str, Published]] = field(default_factory=dict)
    drafts: list[SampleFile] = field(default_factory=list)
    week: int = 0
    start: datetime = START

    def dice(self, *purpose: object) -> random.Random:
        """A generator for one purpose."""
        return dice(self.seed, *purpose)

    def named(self, name: str) -> SampleFile:
        """The file that was created under that name."""
        return self.files[file_key(self.seed, name)]

    def families(self) -> list[list[Component]]:
        """The core library's families that are published now and meant to be used."""
        listed = self.published["components"]
        made = {name: variants for name, variants in self.kit.made.items() if variants[0].home == self.core.key}
        released = [name for name in UNRELEASED if made[name][0].key in listed]
        return [
            made[name] for name in made if made[name][0].key in listed and (name not in NEVER_USED or name in released)
        ]


def build_world(seed: int, sizes: Sequence[int] = (), start: datetime = START) -> World:
    """The company at the start. With `sizes`, as many plain files of so many nodes instead of the usual ones."""
    core, icons, kit = build_libraries(seed, file_key(seed, "Core library"), file_key(seed, "Icons & illustrations"))
    users = [User(f"{900_000_000_000_000_100 + at}", handle) for at, handle in enumerate(vocabulary.HANDLES)]
    teams = [Team(f"{1_200_000_000_000_000_000 + 7 * at}", name) for at, name in enumerate(vocabulary.TEAMS)]
    unreadable = Team("1200000000000000999", "Leadership", False)
    world = World(seed, core, icons, kit, users, [*teams, unreadable], _folders(teams), start=start)
    _publish_libraries(world)
    _add_library_file(world, core)
    _add_library_file(world, icons)
    if sizes:
        _add_plain_files(world, sizes)
    else:
        _add_usual_files(world)
    return world


def archive_sizes() -> tuple[int, ...]:
    """Node counts of 113 files, which with two libraries make a real archive's distribution, smallest first."""
    count = ARCHIVE_FILES - 2
    return tuple(_quantile(at / (count - 1)) for at in range(count))


def save_file(
    world: World,
    file: SampleFile,
    at: datetime,
    pages: tuple[DrawnPage, ...],
    label: str | None = None,
    listed: bool = True,
) -> Save:
    """Save a new state of a file, after all its earlier ones."""
    if file.saves:
        at = max(at, file.current.modified_at + timedelta(minutes=7))
    throw = world.dice(file.key, len(file.saves))
    user = throw.choice(world.users)
    seconds = int((at - VERSION_EPOCH).total_seconds())
    version = str((seconds << 32) + throw.getrandbits(32)) if listed else file.current.version
    file.saves.append(Save(version, at, label, user, pages, listed))
    return file.current


def add_file(world: World, name: str, path: Sequence[str], nodes: int, at: datetime) -> SampleFile:
    """A new design file with pages of screens, local components and styles of its own; `nodes` is roughly its size."""
    file = new_file(world, name, path)
    throw = world.dice(file.key, "first")
    file.own_styles = _local_styles(world, file)
    file.locals = [_local_component(world, file, throw, called) for called in _local_names(name, throw)]
    shelf = shelf_for(world, file)
    pages = _first_pages(file, shelf, throw, nodes)
    save_file(world, file, at, (*pages, _definitions_page(file, shelf)), "First version")
    return file


def new_file(world: World, name: str, path: Sequence[str]) -> SampleFile:
    """A file without any state yet."""
    key = file_key(world.seed, name)
    file = SampleFile(key, name, folder_at(world, path).id, len(world.files), world.dice(key).choice(world.users))
    world.files[key] = file
    return file


def folder_at(world: World, path: Sequence[str]) -> Folder:
    """The folder of these names, from the team downwards."""
    parent, found = None, None
    for name in path:
        found = next(f for f in world.folders if f.name == name and f.parent_id == parent)
        parent = found.id
    if found is None:
        raise ValueError("a path needs at least one folder")
    return found


def shelf_for(world: World, file: SampleFile) -> Shelf:
    """What can be reached for in a file now."""
    throw = dice(world.seed, file.home, "shelf")
    families = [made for made in world.families() if _is_liked(made, throw.random())]
    icons = throw.sample(list(world.kit.icons.values()), 14)
    fills, texts = [*world.core.styles[:18]], [*world.kit.types.values()][1:]
    local = [style for style in file.own_styles if style.kind == "FILL" and style.name == "Campaign tint"]
    if file.name in WITH_LEGACY:
        families += [world.kit.made[name] for name in LEGACY]
        fills, texts = [*fills, *world.kit.retired[:2]], [*texts, *world.kit.retired[2:]]
    return Shelf(
        file.home,
        file.imports,
        families,
        [40 // (1 + at) + 1 for at in range(len(families))],
        icons,
        file.locals,
        [*fills, *local],
        texts,
        list(world.kit.effects.values())[:3],
        world.core.variables[:14],
        world.kit.spaces,
    )


def new_block(world: World, file: SampleFile, budget: int) -> Block:
    """One more screen, or a section of screens, for a file."""
    session = file.take_session()
    if file.editor_type == "figjam":
        return Block(session, screens.board, Shelf(file.home, file.imports), f"{file.key}/{session}", budget)
    recipe = screens.section if session % 5 == 0 else screens.screen
    return Block(session, recipe, shelf_for(world, file), f"{file.key}/{session}", budget)


def publish(world: World, kind: str, item: Component | ComponentSet | Style, at: datetime) -> None:
    """Put a component, set or style on the published list, or its newer row in place of the older."""
    library = world.core if item.home == world.core.key else world.icons
    known = world.published[kind].get(item.key)
    row: dict[str, Any] = {
        "key": item.key,
        "file_key": item.home,
        "node_id": item.node_id,
        "name": item.name,
        "description": item.description,
        "created_at": known.row["created_at"] if known else stamp(at),
        "updated_at": stamp(at),
        "user": {"id": world.users[1].id, "handle": world.users[1].handle, "img_url": _portrait(world.users[1])},
    }
    if isinstance(item, Style):
        row |= {"style_type": item.kind, "sort_position": f"{item.number:04d}"}
    else:
        row["containing_frame"] = _containing_frame(library, item)
    number = PUBLISHED_FROM + item.number
    world.published[kind][item.key] = Published(number, world.teams[0].id, item.home, item.key, row)


def family_items(world: World, name: str) -> list[tuple[str, Component | ComponentSet]]:
    """What is published together: a component, or a set with its variants."""
    made = world.kit.made[name]
    owner = made[0].owner
    return [("components", one) for one in made] + ([("component_sets", owner)] if owner else [])


def stamp(at: datetime) -> str:
    """A time as published lists show it: with milliseconds."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def _quantile(share: float) -> int:
    low, high = next(pair for pair in pairwise(ARCHIVE) if share <= pair[1][0])
    # the exponent brings the sum to that of the archive
    along = ((share - low[0]) / (high[0] - low[0])) ** 1.35
    return round(low[1] * math.exp(math.log(high[1] / low[1]) * along))


def _folders(teams: list[Team]) -> list[Folder]:
    made: dict[tuple[str, ...], Folder] = {}
    ids = {team.name: team.id for team in teams}
    for at, (team, path) in enumerate(vocabulary.FOLDERS):
        parent = made[path[:-1]].id if len(path) > 1 else None
        made[path] = Folder(f"{300_000_100 + 13 * at}", path[-1], ids[team], parent)
    return list(made.values())


def _portrait(user: User) -> str:
    return f"https://s3-alpha.figma.com/profile/{user.id}"


def _publish_libraries(world: World) -> None:
    world.published = {"components": {}, "component_sets": {}, "styles": {}}
    hidden = {*UNRELEASED, *LEGACY}
    for name in world.kit.made:
        at = world.start - timedelta(days=30 + len(name) * 5, seconds=len(name) * 977.125)
        for kind, item in family_items(world, name) if name not in hidden else []:
            publish(world, kind, item, at)
    for style in world.core.styles:
        publish(world, "styles", style, world.start - timedelta(days=200 - style.number, seconds=0.25))


def _containing_frame(library: SampleLibrary, item: Component | ComponentSet) -> dict[str, Any]:
    pages = list(library.pages)
    place: dict[str, Any] = {"pageId": f"0:{1 + pages.index(item.page)}", "pageName": item.page}
    if isinstance(item, Component) and item.owner:
        inside = {"nodeId": item.owner.node_id, "name": item.owner.name}
        place |= {**inside, "containingStateGroup": inside, "containingComponentSet": inside}
    return place


def _add_library_file(world: World, library: SampleLibrary) -> None:
    file = new_file(world, library.name, ("Libraries",))
    file.own_styles = library.styles
    shelf = shelf_for(world, file)
    file.next_session = 1 + sum(len(made) for made in library.pages.values())
    pages = []
    for at, (name, made) in enumerate(library.pages.items()):
        blocks = [_definition_block(shelf, item, f"{library.key}/{item.key}") for item in made]
        pages.append(DrawnPage(f"0:{1 + at}", name, tuple(blocks)))
    recipes = (screens.swatches, screens.showcase, screens.showcase) if library is world.core else (screens.showcase,)
    favourites = [world.kit.made[name] for name in FAVOURITES]
    shown = replace(shelf, families=favourites, weights=[1] * len(FAVOURITES), fills=library.styles[:21])
    if library is world.icons:
        shown = replace(shelf, families=[[icon] for icon in library.components[:9]], weights=[1] * 9)
    guide = [
        Block(file.take_session(), recipe, shown, f"{library.key}/guide/{at}", 150) for at, recipe in enumerate(recipes)
    ]
    pages.append(DrawnPage(f"0:{1 + len(pages)}", "Guidelines", tuple(guide)))
    save_file(world, file, world.start - timedelta(days=20), tuple(pages), "Library set up")


def _definition_block(shelf: Shelf, item: Component | ComponentSet, seed: str) -> Block:
    session = int(item.node_id.split(":")[0])
    return Block(session, screens.definition, replace(shelf, definition=item), seed)


def _add_usual_files(world: World) -> None:
    for at, (path, name, nodes) in enumerate(vocabulary.FILES):
        age = timedelta(days=2 + at % 30, hours=at % 9, seconds=37 * at)
        file = add_file(world, name, path, nodes, world.start - age)
        if name in WITH_ODDITIES:
            _add_oddities(file, shelf_for(world, file))
    for path, name in vocabulary.BOARDS:
        board = new_file(world, name, path)
        board.editor_type = "figjam"
        page = DrawnPage("0:1", "Board", tuple(new_block(world, board, 70) for _ in range(3)))
        save_file(world, board, world.start - timedelta(days=9, hours=2), (page,))
    slides = new_file(world, vocabulary.SLIDES[1], vocabulary.SLIDES[0])
    slides.editor_type = "slides"
    save_file(world, slides, world.start - timedelta(days=4), ())
    locked = add_file(world, vocabulary.LOCKED[1], vocabulary.LOCKED[0], 200, world.start - timedelta(days=5))
    locked.is_exportable = False
    for name in WITH_BRANCHES:
        _add_branch(world, world.named(name))
    _add_draft(world)


def _add_plain_files(world: World, sizes: Sequence[int]) -> None:
    paths = [path for _, path in vocabulary.FOLDERS[1:]]
    for at, nodes in enumerate(world.dice("sizes").sample(sizes, len(sizes))):
        again, place = divmod(at, len(vocabulary.FILES))
        name = vocabulary.FILES[place][1] + (f" {again + 1}" if again else "")
        file = new_file(world, name, paths[at % len(paths)])
        pages = volume_pages(file, shelf_for(world, file), nodes)
        save_file(world, file, world.start - timedelta(days=1 + at % 20, seconds=41 * at), pages)


def volume_pages(file: SampleFile, shelf: Shelf, nodes: int) -> tuple[DrawnPage, ...]:
    """Pages that make, with the document itself, exactly so many nodes."""
    count = max(1, min(8, nodes // 400))
    left = nodes - 1 - count
    budgets = [400] * (left // 400) + ([left % 400] if left % 400 else [])
    blocks = [_volume_block(file, shelf, budget) for budget in budgets]
    names = (*vocabulary.PAGES, "Research", "Old")
    return tuple(DrawnPage(f"0:{1 + at}", names[at], tuple(blocks[at::count])) for at in range(count))


def _volume_block(file: SampleFile, shelf: Shelf, budget: int) -> Block:
    session = file.take_session()
    recipe = screens.section if budget > BLOCK_NODES else screens.screen
    return Block(session, recipe, shelf, f"{file.key}/{session}", budget)


def _add_oddities(file: SampleFile, shelf: Shelf) -> None:
    save, session = file.current, file.take_session()
    first, *rest = save.pages
    odd = Block(session, screens.oddities, shelf, f"{file.key}/odd")
    save.pages = (replace(first, blocks=(*first.blocks, odd)), *rest)


def _add_branch(world: World, main: SampleFile) -> None:
    branch = new_file(world, f"{main.name} / trial", ("Libraries",))
    branch.main_key, branch.folder_id, branch.imports = main.key, main.folder_id, main.imports
    branch.own_styles, branch.locals = main.own_styles, main.locals
    branch.next_session = main.next_session + 500
    branch.name = f"{main.name} trial"
    main.branches.append(branch.key)
    first, *rest = main.current.pages
    pages = (replace(first, blocks=(*first.blocks, new_block(world, branch, 40))), *rest)
    save_file(world, branch, world.start - timedelta(days=1, hours=3), pages)


def _add_draft(world: World) -> None:
    draft = add_file(world, vocabulary.DRAFT[1], vocabulary.DRAFT[0], 120, world.start - timedelta(days=3))
    draft.folder_id = ""
    world.drafts.append(world.files.pop(draft.key))


def _local_styles(world: World, file: SampleFile) -> list[Style]:
    if len(world.files) % 3:
        return []
    # some files made again what the library has: one style by its value, one by its name
    is_shadow = not len(world.files) % 6
    named = ("Campaign tint", "brand/primary" if is_shadow else "Campaign tint unused")
    made = []
    for at, name in enumerate(named):
        key = hex_key(world.seed, file.key, name)
        value = COLOURS["Tone/Info"] if is_shadow else f"#{key[:6]}"
        made.append(Style(key, name, "FILL", value, file.key, f"0:{100 + at}", at))
    return made


def _local_names(name: str, throw: random.Random) -> list[str]:
    chosen = throw.sample(vocabulary.LOCAL_COMPONENTS, throw.randint(2, 4))
    return [ODD_NAME, *chosen] if name == ODD_NAME else chosen


def _local_component(world: World, file: SampleFile, throw: random.Random, name: str) -> Component:
    label = text("Label", "Label", world.kit.types["Body/Small"], world.kit.fills["Text/Primary"])
    inner = instance(throw.choice(world.kit.made[throw.choice(("Badge", "Avatar", "Icon button"))]))
    root = frame(name, 200, 72, label, inner, layout="HORIZONTAL", padding=8, radius=12, fill="#ffffff")
    return make_component(file.home, file.take_session(), name, root, hex_key(world.seed, file.key, name), 0)


def _first_pages(file: SampleFile, shelf: Shelf, throw: random.Random, nodes: int) -> list[DrawnPage]:
    names = throw.sample(vocabulary.PAGES, 1 + min(3, nodes // 500))
    blocks = [_first_block(file, shelf, throw) for _ in range(max(2, nodes // BLOCK_NODES))]
    return [DrawnPage(f"0:{1 + at}", name, tuple(blocks[at :: len(names)])) for at, name in enumerate(names)]


def _first_block(file: SampleFile, shelf: Shelf, throw: random.Random) -> Block:
    session = file.take_session()
    recipe = screens.section if session % 5 == 0 else screens.screen
    return Block(session, recipe, shelf, f"{file.key}/{session}", throw.randint(30, 2 * BLOCK_NODES - 30))


def _definitions_page(file: SampleFile, shelf: Shelf) -> DrawnPage:
    blocks = tuple(_definition_block(shelf, made, f"{file.key}/{made.key}") for made in file.locals)
    return DrawnPage("0:50", "Local components", blocks)


def _is_liked(made: list[Component], throw: float) -> bool:
    family = made[0].owner.name if made[0].owner else made[0].name
    return throw < (0.9 if family in FAVOURITES else 0.5)
