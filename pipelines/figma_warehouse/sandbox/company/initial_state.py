"""The company before its first week: teams, folders, libraries, files and their first saves."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from figma_warehouse.sandbox.company import sample_names
from figma_warehouse.sandbox.company.company_state import (
    FIRST_MONDAY,
    POPULAR_FAMILIES,
    Company,
    add_empty_file,
    available_assets,
    family_items,
    make_top_layer,
    publish_item,
    save_file,
)
from figma_warehouse.sandbox.company.copies import add_copies
from figma_warehouse.sandbox.company.design_files import ODD_NAME, add_design_file, make_definition_layer, pages_of_size
from figma_warehouse.sandbox.company.document_json import SamplePage, TopLayer
from figma_warehouse.sandbox.company.layers import make_file_key
from figma_warehouse.sandbox.company.libraries import add_documentation, build_libraries
from figma_warehouse.sandbox.company.library_components import LEGACY, UNRELEASED
from figma_warehouse.sandbox.company.templates import odd_layers, style_samples, usage_examples
from figma_warehouse.sandbox.organisation import Folder, Team, User

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from figma_warehouse.sandbox.company.company_state import SampleFile
    from figma_warehouse.sandbox.company.libraries import SampleLibrary
    from figma_warehouse.sandbox.company.templates import AvailableAssets, Template

# quantile, nodes: a real archive of one organisation
ARCHIVE_QUANTILES = ((0.0, 180), (0.5, 5_020), (0.9, 42_828), (1.0, 160_026))
ARCHIVE_FILES = 115
FILES_WITH_ODD_LAYERS = ("Density study", ODD_NAME, "Help centre")
FILES_WITH_BRANCHES = ("Checkout flow", "Onboarding", "Core library")


def build_company(seed: int, sizes: Sequence[int] = (), start: datetime = FIRST_MONDAY) -> Company:
    """The company before its first week. With `sizes`, plain files of so many nodes each replace the usual files."""
    core, icons, design_system = build_libraries(
        seed, make_file_key(seed, "Core library"), make_file_key(seed, "Icons & illustrations")
    )
    users = [User(f"{900_000_000_000_000_100 + index}", handle) for index, handle in enumerate(sample_names.HANDLES)]
    teams = [Team(f"{1_200_000_000_000_000_000 + 7 * index}", name) for index, name in enumerate(sample_names.TEAMS)]
    unreadable = Team("1200000000000000999", "Leadership", False)
    company = Company(seed, core, icons, design_system, users, [*teams, unreadable], _make_folders(teams), start=start)
    _publish_libraries(company)
    _add_library_file(company, core)
    _add_library_file(company, icons)
    company.is_plain = bool(sizes)
    if sizes:
        _add_plain_files(company, sizes)
    else:
        _add_usual_files(company)
    return company


def archive_sizes() -> tuple[int, ...]:
    """Node counts of 113 files, smallest first. With the two libraries they have the distribution of a real archive."""
    count = ARCHIVE_FILES - 2
    return tuple(_nodes_at_quantile(index / (count - 1)) for index in range(count))


def _nodes_at_quantile(share: float) -> int:
    low, high = next(pair for pair in pairwise(ARCHIVE_QUANTILES) if share <= pair[1][0])
    # with this exponent the sum is that of the archive
    progress = ((share - low[0]) / (high[0] - low[0])) ** 1.35
    return round(low[1] * math.exp(math.log(high[1] / low[1]) * progress))


def _make_folders(teams: list[Team]) -> list[Folder]:
    made: dict[tuple[str, ...], Folder] = {}
    ids = {team.name: team.id for team in teams}
    for index, (team, path) in enumerate(sample_names.FOLDERS):
        parent = made[path[:-1]].id if len(path) > 1 else None
        made[path] = Folder(f"{300_000_100 + 13 * index}", path[-1], ids[team], parent)
    return list(made.values())


def _publish_libraries(company: Company) -> None:
    company.published = {"components": {}, "component_sets": {}, "styles": {}}
    not_published = {*UNRELEASED, *LEGACY}
    for name in company.design_system.families:
        at = company.start - timedelta(days=30 + len(name) * 5, seconds=len(name) * 977.125)
        for kind, item in family_items(company, name) if name not in not_published else []:
            publish_item(company, kind, item, at)
    for style in company.core_library.styles:
        publish_item(company, "styles", style, company.start - timedelta(days=200 - style.number, seconds=0.25))


def _add_library_file(company: Company, library: SampleLibrary) -> None:
    file = add_empty_file(company, library.name, ("Libraries",))
    file.local_styles = library.styles
    assets = available_assets(company, file)
    file.next_session_id = 1 + sum(len(made) for made in library.pages.values())
    pages = []
    for index, (name, made) in enumerate(library.pages.items()):
        top_layers = [make_definition_layer(assets, item, f"{library.key}/{item.key}") for item in made]
        pages.append(SamplePage(f"0:{1 + index}", name, tuple(top_layers)))
    pages.append(
        SamplePage(f"0:{1 + len(pages)}", "Guidelines", tuple(_make_guidelines(company, file, library, assets)))
    )
    save_file(company, file, company.start - timedelta(days=20), tuple(pages), "Library set up")


def _make_guidelines(
    company: Company, file: SampleFile, library: SampleLibrary, assets: AvailableAssets
) -> list[TopLayer]:
    templates: tuple[Template, ...] = (usage_examples,)
    families = [[icon] for icon in library.components[:9]]
    if library is company.core_library:
        templates = (style_samples, usage_examples, usage_examples)
        families = [company.design_system.families[name] for name in POPULAR_FAMILIES]
        assets = replace(assets, color_styles=library.styles[:21])
    assets = replace(assets, families=families, family_weights=[1] * len(families))
    return [
        TopLayer(file.take_session_id(), template, assets, f"{library.key}/guide/{index}", 150)
        for index, template in enumerate(templates)
    ]


def _add_usual_files(company: Company) -> None:
    add_documentation(company.core_library)
    for index, (path, name, node_count) in enumerate(sample_names.FILES):
        age = timedelta(days=2 + index % 30, hours=index % 9, seconds=37 * index)
        file = add_design_file(company, name, path, node_count, company.start - age)
        if name in FILES_WITH_ODD_LAYERS:
            _add_odd_layers(file, available_assets(company, file))
        add_copies(company, available_assets(company, file), file)
    for path, name in sample_names.BOARDS:
        board = add_empty_file(company, name, path)
        board.editor_type = "figjam"
        page = SamplePage("0:1", "Board", tuple(make_top_layer(company, board, 70) for _ in range(3)))
        save_file(company, board, company.start - timedelta(days=9, hours=2), (page,))
    path, name = sample_names.SLIDES
    slides = add_empty_file(company, name, path)
    slides.editor_type = "slides"
    save_file(company, slides, company.start - timedelta(days=4), ())
    path, name = sample_names.LOCKED
    locked = add_design_file(company, name, path, 200, company.start - timedelta(days=5))
    locked.is_exportable = False
    for name in FILES_WITH_BRANCHES:
        _add_branch(company, company.file_named(name))
    _add_draft(company)


def _add_plain_files(company: Company, sizes: Sequence[int]) -> None:
    paths = [path for _, path in sample_names.FOLDERS[1:]]
    for number, node_count in enumerate(company.seeded_random("sizes").sample(sizes, len(sizes))):
        round_, index = divmod(number, len(sample_names.FILES))
        name = sample_names.FILES[index][1] + (f" {round_ + 1}" if round_ else "")
        file = add_empty_file(company, name, paths[number % len(paths)])
        pages = pages_of_size(file, available_assets(company, file), node_count)
        save_file(company, file, company.start - timedelta(days=1 + number % 20, seconds=41 * number), pages)


def _add_odd_layers(file: SampleFile, assets: AvailableAssets) -> None:
    save, session_id = file.current, file.take_session_id()
    first, *rest = save.pages
    odd_layer = TopLayer(session_id, odd_layers, assets, f"{file.key}/odd")
    save.pages = (replace(first, top_layers=(*first.top_layers, odd_layer)), *rest)


def _add_branch(company: Company, main: SampleFile) -> None:
    branch = add_empty_file(company, f"{main.name} / trial", ("Libraries",))
    branch.main_key, branch.folder_id, branch.import_number = main.key, main.folder_id, main.import_number
    branch.local_styles, branch.local_components = main.local_styles, main.local_components
    branch.next_session_id = main.next_session_id + 500
    branch.name = f"{main.name} trial"
    main.branches.append(branch.key)
    first, *rest = main.current.pages
    pages = (replace(first, top_layers=(*first.top_layers, make_top_layer(company, branch, 40))), *rest)
    save_file(company, branch, company.start - timedelta(days=1, hours=3), pages)


def _add_draft(company: Company) -> None:
    path, name = sample_names.DRAFT
    draft = add_design_file(company, name, path, 120, company.start - timedelta(days=3))
    draft.folder_id = ""
    company.drafts.append(company.files.pop(draft.key))
