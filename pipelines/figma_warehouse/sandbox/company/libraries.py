"""The two published libraries: the core components, and the icons and illustrations."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING

from figma_warehouse.sandbox.company import sample_names
from figma_warehouse.sandbox.company.design_system import COLORS, DesignSystem, make_design_system
from figma_warehouse.sandbox.company.layers import (
    Component,
    ComponentSet,
    Layer,
    SampleProperty,
    Style,
    Variable,
    assign_node_ids,
    make_frame,
    make_key,
    stack_children,
)
from figma_warehouse.sandbox.company.library_components import (
    CORE_SETS,
    CORE_SINGLES,
    DEPRECATED_SETS,
    DEPRECATED_STYLES,
    UNDOCUMENTED,
)

if TYPE_CHECKING:
    from figma_warehouse.sandbox.company.library_components import Names, VariantMaker


@dataclass
class SampleLibrary:
    """A library: what its file defines; `pages` has the definitions of each page in order."""

    key: str
    name: str
    components: list[Component] = field(default_factory=list)
    sets: list[ComponentSet] = field(default_factory=list)
    styles: list[Style] = field(default_factory=list)
    variables: list[Variable] = field(default_factory=list)
    pages: dict[str, list[Component | ComponentSet]] = field(default_factory=dict)


def build_libraries(seed: int, core_key: str, icons_key: str) -> tuple[SampleLibrary, SampleLibrary, DesignSystem]:
    """The core library, the icons library, and the design system that they publish."""
    system = make_design_system(seed, core_key)
    core, icons = SampleLibrary(core_key, "Core library"), SampleLibrary(icons_key, "Icons & illustrations")
    core.styles, core.variables = system.styles, list(system.color_variables.values())
    for name, replacement in DEPRECATED_STYLES.items():
        system.color_styles[name].description = f"Do not use. {replacement} is enough"
    _add_icons(icons, system)
    for page, name, variant_options, properties, make_layers in CORE_SETS:
        _add_set(core, system, page, name, variant_options, properties, make_layers)
    for page, name, make_layers in CORE_SINGLES:
        root = make_frame(name, 240, 80, *make_layers(system, {}, {}), layout="VERTICAL", padding=12)
        _add_component(core, system, page, name, root)
    return core, icons, system


def make_component(file_key: str, session_id: int, name: str, root: Layer, key: str, number: int) -> Component:
    """A component outside of sets. Its layers get ids of that session."""
    root.type, root.name = "COMPONENT", name
    made = Component(key, name, file_key, number, root)
    root.definition = made
    assign_node_ids(root, session_id)
    return made


def add_documentation(library: SampleLibrary) -> None:
    """Link sets and components outside of sets to their documentation, but for some."""
    singles = [one for one in library.components if not one.component_set]
    items: list[Component | ComponentSet] = [*library.sets, *singles]
    for item in items:
        if item.name not in UNDOCUMENTED:
            item.documentation_url = f"https://design.example.com/{item.name.lower().replace(' ', '-')}"


def _add_icons(icons: SampleLibrary, system: DesignSystem) -> None:
    for index, name in enumerate(sample_names.ICONS):
        strokes = [
            Layer("VECTOR", "Vector", 20, 20, x=2, y=2, fill=system.color_styles["Text/Primary"])
            for _ in range(1 + index % 2)
        ]
        system.icons[name] = _add_component(icons, system, "Icons", f"Icon/{name}", make_frame(name, 24, 24, *strokes))
    for index, name in enumerate(sample_names.ILLUSTRATIONS):
        shapes = [_make_shape(index, number) for number in range(14 + 3 * index)]
        root = Layer("GROUP", "Artwork", 240, 180, shapes)
        made = _add_component(icons, system, "Illustrations", f"Illustration/{name}", make_frame(name, 240, 180, root))
        system.illustrations[name] = made


def _make_shape(index: int, number: int) -> Layer:
    colors = [code for name, code in COLORS.items() if name.startswith(("Accent", "Brand"))]
    type_ = ("VECTOR", "ELLIPSE", "RECTANGLE", "VECTOR", "STAR")[(index + number) % 5]
    size = 12 + (index * 7 + number * 11) % 60
    return Layer(
        type_, type_.capitalize(), size, size, x=(number * 37) % 180, y=(number * 23) % 120, fill=colors[number % 6]
    )


def _add_component(library: SampleLibrary, system: DesignSystem, page: str, name: str, root: Layer) -> Component:
    session_id = 1 + sum(len(made) for made in library.pages.values())
    key = make_key(system.seed, library.name, name)
    made = make_component(library.key, session_id, name, root, key, next(system.component_numbers))
    made.page, made.description = page, f"{name.rsplit('/', 1)[-1]} for every product"
    library.components.append(made)
    library.pages.setdefault(page, []).append(made)
    system.families[name] = [made]
    return made


def _add_set(
    library: SampleLibrary,
    system: DesignSystem,
    page: str,
    name: str,
    variant_options: dict[str, list[str]],
    properties: dict[str, bool | str],
    make_layers: VariantMaker,
) -> None:
    session_id = 1 + sum(len(made) for made in library.pages.values())
    component_set = ComponentSet(
        make_key(system.seed, library.name, "set", name),
        name,
        library.key,
        next(system.component_numbers),
        Layer("COMPONENT_SET", name),
        variant_options,
    )
    component_set.page, component_set.description = page, _describe_set(name)
    names = {base: f"{base}#{session_id}:{index}" for index, base in enumerate(properties)}
    component_set.properties = [_make_property(system, names[base], default) for base, default in properties.items()]
    for values in product(*variant_options.values()):
        _add_variant(
            library, system, component_set, dict(zip(variant_options, values, strict=True)), names, make_layers
        )
    root = component_set.root
    root.layout, root.gap, root.padding = "VERTICAL", 24, 24
    stack_children(root).definition = component_set
    root.width, root.height = 400, sum(child.height + 24 for child in root.children) + 24
    assign_node_ids(root, session_id)
    library.sets.append(component_set)
    library.pages.setdefault(page, []).append(component_set)
    system.families[name] = component_set.variants


def _describe_set(name: str) -> str:
    if name in DEPRECATED_SETS:
        return f"Deprecated: use {DEPRECATED_SETS[name]} instead."
    return f"{name}: see the guidelines"


def _add_variant(
    library: SampleLibrary,
    system: DesignSystem,
    component_set: ComponentSet,
    values: dict[str, str],
    names: Names,
    make_layers: VariantMaker,
) -> None:
    variant_name = ", ".join(f"{option}={value}" for option, value in values.items())
    layers = make_layers(system, values, names)
    height = max(layer.height for layer in layers) + 16
    fill = system.color_styles["Surface/Default"]
    layout = "VERTICAL" if component_set.page in ("Containers", "Feedback") else "HORIZONTAL"
    root = make_frame(variant_name, 240, height, *layers, layout=layout, padding=8, radius=8, fill=fill)
    root.type = "COMPONENT"
    key = make_key(system.seed, library.name, component_set.name, variant_name)
    made = Component(
        key,
        variant_name,
        library.key,
        next(system.component_numbers),
        root,
        component_set=component_set,
        variant_values=values,
        page=component_set.page,
    )
    root.definition = made
    component_set.variants.append(made)
    component_set.root.children.append(root)
    library.components.append(made)


def _make_property(system: DesignSystem, name: str, default: bool | str) -> SampleProperty:
    if isinstance(default, bool):
        return SampleProperty(name, "BOOLEAN", default)
    if default in system.icons:
        return SampleProperty(name, "INSTANCE_SWAP", system.icons[default])
    return SampleProperty(name, "TEXT", default)
