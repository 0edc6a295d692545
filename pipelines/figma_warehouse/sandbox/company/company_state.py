"""The state of the sample company: teams, folders, libraries and files with their saves. Events change it in place."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from figma_warehouse.sandbox.answer_values import format_time_in_milliseconds, user_row
from figma_warehouse.sandbox.company.document_json import TopLayer
from figma_warehouse.sandbox.company.layers import Component, ComponentSet, Style, make_file_key, seeded_random
from figma_warehouse.sandbox.company.library_components import LEGACY, UNRELEASED
from figma_warehouse.sandbox.company.templates import AvailableAssets, figjam_board, screen, section
from figma_warehouse.sandbox.organisation import Folder, PublishedRow

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from figma_warehouse.sandbox.company.design_system import DesignSystem
    from figma_warehouse.sandbox.company.document_json import SamplePage
    from figma_warehouse.sandbox.company.layers import Variable
    from figma_warehouse.sandbox.company.libraries import SampleLibrary
    from figma_warehouse.sandbox.organisation import Team, User
    from figma_warehouse.sandbox.truth.definition_truth import MadeChanges

FIRST_MONDAY = datetime(2026, 5, 4, tzinfo=UTC)
# the upper half of Figma's version ids counts seconds from about here
VERSION_EPOCH = datetime(2009, 1, 1, tzinfo=UTC)
FIRST_PUBLISHED_NUMBER = 1_878_000_000
UNUSED_FAMILIES = ("Slider", "Skeleton", "Breadcrumb", "Date field", *UNRELEASED, *LEGACY)
POPULAR_FAMILIES = (
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
FILES_WITH_LEGACY = ("Returns", "Audit log", "Invoicing", "Marketing site")
# the first variables of the core library were published twice
RENEWED_VARIABLES = 3


@dataclass(eq=False)
class Save:
    """One state of a file. A save that is not listed changed last_modified but not the version."""

    version: str
    modified_at: datetime
    label: str | None
    user: User
    pages: tuple[SamplePage, ...]
    is_listed: bool = True


@dataclass(eq=False)
class SampleFile:
    """A file or branch with all its saves. `import_number` makes the ids of what it imports."""

    key: str
    name: str
    folder_id: str
    import_number: int
    creator: User
    editor_type: str = "figma"
    is_exportable: bool = True
    main_key: str | None = None
    saves: list[Save] = field(default_factory=list)
    local_styles: list[Style] = field(default_factory=list)
    local_components: list[Component] = field(default_factory=list)
    branches: list[str] = field(default_factory=list)
    next_session_id: int = 1
    is_removed: bool = False

    @property
    def definitions_key(self) -> str:
        """The file whose definitions are local here: of a branch, its main file."""
        return self.main_key or self.key

    @property
    def current(self) -> Save:
        """The newest save."""
        return self.saves[-1]

    @property
    def is_readable(self) -> bool:
        """Whether GET file answers with a document."""
        return self.is_exportable and self.editor_type in ("figma", "figjam")

    def take_session_id(self) -> int:
        """A first half of node ids that nothing in this file has."""
        self.next_session_id += 1
        return self.next_session_id - 1

    def copy(self) -> SampleFile:
        """The same file with the same saves, to be changed on its own."""
        return replace(self, saves=list(self.saves), branches=list(self.branches))


@dataclass
class Company:
    """Everything there is. Drafts are in no folder, so no listing has them."""

    seed: int
    core_library: SampleLibrary
    icon_library: SampleLibrary
    design_system: DesignSystem
    users: list[User]
    teams: list[Team]
    folders: list[Folder]
    files: dict[str, SampleFile] = field(default_factory=dict)
    published: dict[str, dict[str, PublishedRow]] = field(default_factory=dict)
    drafts: list[SampleFile] = field(default_factory=list)
    # other definitions than the first ones, by key
    redefined: dict[str, Component | ComponentSet] = field(default_factory=dict)
    # what each save of the core library changed, and the node ids of what was published again, with the time
    definition_changes: list[MadeChanges] = field(default_factory=list)
    definition_publications: list[tuple[str, datetime]] = field(default_factory=list)
    week: int = 0
    start: datetime = FIRST_MONDAY
    # of plain files of chosen sizes only
    is_plain: bool = False

    def seeded_random(self, *purpose: object) -> random.Random:
        """A random generator for one purpose."""
        return seeded_random(self.seed, *purpose)

    def file_named(self, name: str) -> SampleFile:
        """The file that was created with that name."""
        return self.files[make_file_key(self.seed, name)]

    def published_families(self) -> list[list[Component]]:
        """The families of the core library that are published now and meant to be used."""
        published = self.published["components"]
        return [
            variants
            for name, variants in self.design_system.families.items()
            if variants[0].file_key == self.core_library.key
            and variants[0].key in published
            and (name not in UNUSED_FAMILIES or name in UNRELEASED)
        ]

    def copy(self) -> Company:
        """The same state, to change on its own. Saves, libraries and published rows never change: both share them."""
        return replace(
            self,
            files={key: file.copy() for key, file in self.files.items()},
            published={kind: dict(items) for kind, items in self.published.items()},
            drafts=[file.copy() for file in self.drafts],
            definition_changes=[*self.definition_changes],
            definition_publications=[*self.definition_publications],
        )


def save_file(
    company: Company,
    file: SampleFile,
    at: datetime,
    pages: tuple[SamplePage, ...],
    label: str | None = None,
    is_listed: bool = True,
) -> Save:
    """Save a new state of a file, at least seven minutes after the one before."""
    if file.saves:
        at = max(at, file.current.modified_at + timedelta(minutes=7))
    rng = company.seeded_random(file.key, len(file.saves))
    user = rng.choice(company.users)
    seconds = int((at - VERSION_EPOCH).total_seconds())
    version = str((seconds << 32) + rng.getrandbits(32)) if is_listed else file.current.version
    file.saves.append(Save(version, at, label, user, pages, is_listed))
    return file.current


def add_empty_file(company: Company, name: str, path: Sequence[str]) -> SampleFile:
    """Add a file that has no save yet."""
    key = make_file_key(company.seed, name)
    file = SampleFile(
        key, name, folder_at(company, path).id, len(company.files), company.seeded_random(key).choice(company.users)
    )
    company.files[key] = file
    return file


def folder_at(company: Company, path: Sequence[str]) -> Folder:
    """The folder at a path of names below the team."""
    parent, found = None, None
    for name in path:
        found = next(f for f in company.folders if f.name == name and f.parent_id == parent)
        parent = found.id
    if found is None:
        raise ValueError("a path needs at least one folder")
    return found


def available_assets(company: Company, file: SampleFile) -> AvailableAssets:
    """What a designer can use in a file now."""
    rng = seeded_random(company.seed, file.definitions_key, "shelf")
    families = [made for made in company.published_families() if _is_used_by_file(made, rng.random())]
    icons = rng.sample(list(company.design_system.icons.values()), 14)
    variables = company.core_library.variables[:14]
    color_styles, text_styles = [*company.core_library.styles[:18]], [*company.design_system.text_styles.values()][1:]
    local_colors = [style for style in file.local_styles if style.type == "FILL" and style.name == "Campaign tint"]
    if file.name in FILES_WITH_LEGACY:
        families += [company.design_system.families[name] for name in LEGACY]
        color_styles, text_styles = (
            [*color_styles, *company.design_system.retired_styles[:2]],
            [*text_styles, *company.design_system.retired_styles[2:]],
        )
        variables = [*map(_before_last_publication, variables[:RENEWED_VARIABLES]), *variables[RENEWED_VARIABLES:]]
    return AvailableAssets(
        file.definitions_key,
        file.import_number,
        families,
        [40 // (1 + at) + 1 for at in range(len(families))],
        icons,
        file.local_components,
        [*color_styles, *local_colors],
        text_styles,
        list(company.design_system.effect_styles.values())[:3],
        variables,
        company.design_system.spacing_variables,
        binds_whole_layers=not company.is_plain,
    )


def _before_last_publication(variable: Variable) -> Variable:
    """The variable as files bind it that have not updated since: Figma gives it another id with each publication."""
    return replace(variable, id=f"0{variable.id[1:]}")


def make_top_layer(company: Company, file: SampleFile, node_count: int) -> TopLayer:
    """One more screen, or section of screens, for a file."""
    session_id = file.take_session_id()
    if file.editor_type == "figjam":
        return TopLayer(
            session_id,
            figjam_board,
            AvailableAssets(file.definitions_key, file.import_number),
            f"{file.key}/{session_id}",
            node_count,
        )
    template = section if session_id % 5 == 0 else screen
    return TopLayer(session_id, template, available_assets(company, file), f"{file.key}/{session_id}", node_count)


def publish_item(company: Company, kind: str, item: Component | ComponentSet | Style, at: datetime) -> None:
    """Publish a component, set or style, or replace its published row."""
    library = company.core_library if item.file_key == company.core_library.key else company.icon_library
    earlier = company.published[kind].get(item.key)
    row: dict[str, Any] = {
        "key": item.key,
        "file_key": item.file_key,
        "node_id": item.node_id,
        "name": item.name,
        "description": item.description,
        "created_at": earlier.row["created_at"] if earlier else format_time_in_milliseconds(at),
        "updated_at": format_time_in_milliseconds(at),
        "user": user_row(company.users[1]),
    }
    if isinstance(item, Style):
        row |= {"style_type": item.type, "sort_position": f"{item.number:04d}"}
    else:
        row["containing_frame"] = _containing_frame(library, item)
    number = FIRST_PUBLISHED_NUMBER + item.number
    company.published[kind][item.key] = PublishedRow(number, company.teams[0].id, item.file_key, item.key, row)


def family_items(company: Company, name: str) -> list[tuple[str, Component | ComponentSet]]:
    """What is published together, each with its kind: a component, or a set with its variants."""
    made = company.design_system.families[name]
    component_set = made[0].component_set
    return [("components", one) for one in made] + ([("component_sets", component_set)] if component_set else [])


def _containing_frame(library: SampleLibrary, item: Component | ComponentSet) -> dict[str, Any]:
    pages = list(library.pages)
    index: dict[str, Any] = {"pageId": f"0:{1 + pages.index(item.page)}", "pageName": item.page}
    if isinstance(item, Component) and item.component_set:
        inside = {"nodeId": item.component_set.node_id, "name": item.component_set.name}
        index |= {**inside, "containingStateGroup": inside, "containingComponentSet": inside}
    return index


def _is_used_by_file(made: list[Component], rng: float) -> bool:
    family = made[0].component_set.name if made[0].component_set else made[0].name
    return rng < (0.9 if family in POPULAR_FAMILIES else 0.5)
