"""How the core library changes what it defines: between its first definitions and others, back and forth.

Files show what they had: nobody uses these components, and designers accept a new definition when they like.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from figma_warehouse.sandbox.company.company_state import publish_item, save_file
from figma_warehouse.sandbox.company.design_files import make_definition_layer
from figma_warehouse.sandbox.company.layers import (
    Component,
    ComponentSet,
    Layer,
    SampleProperty,
    copy_layer,
    make_frame,
    make_key,
    make_text,
)
from figma_warehouse.sandbox.company.libraries import make_component
from figma_warehouse.sandbox.truth.definition_truth import DefinitionChange

if TYPE_CHECKING:
    from datetime import datetime

    from figma_warehouse.sandbox.company.company_state import Company
    from figma_warehouse.sandbox.company.document_json import SamplePage

    Definition = Component | ComponentSet

# the first half of the ids of a component that comes and goes, and the second half of those of new layers
DRAFT_SESSION_ID, FIRST_NEW_NUMBER = 900, 9001
DRAFT_NAME, DRAFT_PAGE = "Chip draft", "More"
NEW_OPTION = "Loading"


@dataclass(frozen=True)
class Edited:
    """Other definitions of what the library defines, a new one, and what is different by the id of the node."""

    definitions: dict[str, Definition]
    draft: Component
    changes: list[DefinitionChange]


def change_definitions(company: Company, at: datetime, label: str, *, is_release: bool) -> None:
    """Save the core library with the other definitions, or with the first ones. A release publishes what changed."""
    core, edited = company.files[company.core_library.key], edit_definitions(company)
    is_back = bool(company.redefined)
    company.redefined = {} if is_back else edited.definitions
    pages = tuple(_with_definitions(company, page, None if is_back else edited.draft) for page in core.current.pages)
    before = core.current.modified_at
    save = save_file(company, core, at, pages, label)
    made = [one.reversed() if is_back else one for one in edited.changes]
    company.definition_changes.append((core.key, save.version, save.modified_at, before, made))
    first = _first_definitions(company)
    for key in edited.definitions if is_release else ():
        item = company.redefined.get(key, first[key])
        publish_item(company, "component_sets" if isinstance(item, ComponentSet) else "components", item, at)
        company.definition_publications.append((item.node_id, at))


def edit_definitions(company: Company) -> Edited:
    """The other definitions of a set and of three components that no file uses."""
    families = company.design_system.families
    fields = families["Date field"][0].component_set
    if fields is None:
        raise ValueError("the date field is a set")
    edited_set, changes = _edit_set(company, fields)
    skeleton, slider, breadcrumb = (_copy(families[name][0]) for name in ("Skeleton", "Slider", "Breadcrumb"))
    changes += [*_rename(skeleton), *_enlarge(company, slider), *_rebuild(company, breadcrumb)]
    definitions: dict[str, Definition] = {one.key: one for one in (edited_set, skeleton, slider, breadcrumb)}
    draft = _make_draft(company)
    changes.append(DefinitionChange(draft.node_id, "added"))
    return Edited(definitions, draft, changes)


def _with_definitions(company: Company, page: SamplePage, draft: Component | None) -> SamplePage:
    first = _first_definitions(company)
    top_layers = []
    for one in page.top_layers:
        item = one.assets.definition
        if item is not None and item.key in first:
            new = company.redefined.get(item.key, first[item.key])
            top_layers.append(one if new is item else replace(one, assets=replace(one.assets, definition=new)))
        elif item is None:
            top_layers.append(one)
    if draft is not None and page.name == DRAFT_PAGE:
        top_layers.append(make_definition_layer(top_layers[0].assets, draft, draft.key))
    return replace(page, top_layers=tuple(top_layers))


def _first_definitions(company: Company) -> dict[str, Definition]:
    sets: dict[str, Definition] = {one.key: one for one in company.core_library.sets}
    return sets | {one.key: one for one in company.core_library.components}


def _copy(component: Component) -> Component:
    copied = replace(component, root=copy_layer(component.root))
    copied.root.definition = copied
    return copied


def _edit_set(company: Company, original: ComponentSet) -> tuple[ComponentSet, list[DefinitionChange]]:
    """One more variant and property, a property with another name, and one with another default."""
    session_id = original.node_id.split(":")[0]
    new = Component(
        make_key(company.seed, original.key, NEW_OPTION),
        f"State={NEW_OPTION}",
        original.file_key,
        original.number,
        make_frame(f"State={NEW_OPTION}", 240, 100, fill="#ffffff"),
        variant_values={"State": NEW_OPTION},
        page=original.page,
    )
    new.root.type, new.root.definition, new.root.node_id = "COMPONENT", new, f"{session_id}:{FIRST_NEW_NUMBER}"
    shown, icon, label = original.properties
    added = SampleProperty(f"Required#{session_id}:90", "BOOLEAN", False)
    base, _, id_ = label.name.partition("#")
    renamed = replace(label, name=f"Caption#{id_}")
    properties = [replace(shown, default=not shown.default), icon, renamed, added]
    options = {"State": [*original.variant_options["State"], NEW_OPTION]}
    root = replace(original.root, children=[*original.root.children, new.root])
    edited = replace(
        original, root=root, variant_options=options, properties=properties, variants=[*original.variants, new]
    )
    root.definition, new.component_set = edited, edited
    node_id, (shown_name, _, shown_id) = original.node_id, shown.name.partition("#")
    return edited, [
        DefinitionChange(node_id, "variant_added", new.root.node_id, new.name),
        DefinitionChange(node_id, "property_added", f"#{session_id}:90", "Required"),
        DefinitionChange(node_id, "property_renamed", f"#{id_}", "Caption", 1, base, "Caption"),
        DefinitionChange(node_id, "property_default_changed", f"#{shown_id}", shown_name, 1, "false", "true"),
    ]


def _rename(component: Component) -> list[DefinitionChange]:
    """Another name and description, and one layer less."""
    name, description, gone = component.name, component.description, component.root.children.pop(0)
    component.name = component.root.name = f"{name} loader"
    component.description = "Shows that something loads"
    node_id = component.node_id
    return [
        DefinitionChange(node_id, "renamed", "", None, 1, name, component.name),
        DefinitionChange(node_id, "description_changed", "", None, 1, description, component.description),
        DefinitionChange(node_id, "layers_removed", "", gone.name),
    ]


def _enlarge(company: Company, component: Component) -> list[DefinitionChange]:
    """A layer more, and another height."""
    root, session_id = component.root, component.node_id.split(":")[0]
    hint = make_text("Hint", "Drag it", company.design_system.text_styles["Caption"], None)
    hint.node_id = f"{session_id}:{FIRST_NEW_NUMBER}"
    root.children.append(hint)
    before, root.height = f"{root.width:.0f} × {root.height:.0f}", root.height + 20
    return [
        DefinitionChange(root.node_id, "layers_added", "", hint.name),
        DefinitionChange(root.node_id, "size_changed", "", None, 1, before, f"{root.width:.0f} × {root.height:.0f}"),
    ]


def _rebuild(company: Company, component: Component) -> list[DefinitionChange]:
    """A layer of another type in the place of an instance, and another color style."""
    root, session_id = component.root, component.node_id.split(":")[0]
    value, note, icon = root.children
    note.fill = company.design_system.color_styles["Text/Primary"]
    drawn = Layer("RECTANGLE", icon.name, 24, 24, node_id=f"{session_id}:{FIRST_NEW_NUMBER}")
    root.children = [value, note, drawn]
    return [
        DefinitionChange(root.node_id, "layers_retyped", "", icon.name),
        DefinitionChange(root.node_id, "bindings_changed", "", note.name),
    ]


def _make_draft(company: Company) -> Component:
    root = make_frame(DRAFT_NAME, 80, 24, make_text("Draft", "Draft", None, None))
    key = make_key(company.seed, company.core_library.key, DRAFT_NAME)
    made = make_component(company.core_library.key, DRAFT_SESSION_ID, DRAFT_NAME, root, key, 0)
    made.page = DRAFT_PAGE
    return made
