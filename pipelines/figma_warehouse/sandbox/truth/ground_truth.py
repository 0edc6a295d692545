"""Everything that a warehouse of the sample organisation must hold at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

    from figma_warehouse.sandbox.company.comment_threads import SampleThread
    from figma_warehouse.sandbox.organisation import FigmaUsage
    from figma_warehouse.sandbox.truth.activity_truth import FileViews
    from figma_warehouse.sandbox.truth.code_truth import CodeCoverage
    from figma_warehouse.sandbox.truth.comment_truth import CommentThread
    from figma_warehouse.sandbox.truth.component_truth import (
        BranchUsage,
        ComponentImpact,
        PropertyUsage,
        SetReach,
        SetWeight,
        UsageTruth,
    )
    from figma_warehouse.sandbox.truth.definition_truth import ChangeKey, ComponentChange
    from figma_warehouse.sandbox.truth.deprecated_truth import DeprecatedUse, ItemAndFile
    from figma_warehouse.sandbox.truth.key_lookup_truth import KeyLookup, KindAndKey
    from figma_warehouse.sandbox.truth.library_usage_truth import LibraryAndFile, LibraryUse
    from figma_warehouse.sandbox.truth.override_truth import OverrideTruth
    from figma_warehouse.sandbox.truth.page_truth import PageWeight
    from figma_warehouse.sandbox.truth.peer_truth import PeerCounts
    from figma_warehouse.sandbox.truth.shadow_truth import ShadowedComponent
    from figma_warehouse.sandbox.truth.slot_truth import SlotCounts
    from figma_warehouse.sandbox.truth.style_truth import (
        Adoption,
        HardcodedCounts,
        OrphanedStyles,
        PaletteEntry,
        ShadowedStyle,
        SlotOffer,
        StyleTruth,
    )
    from figma_warehouse.sandbox.truth.tallies import StatusForDev
    from figma_warehouse.sandbox.truth.token_truth import BindingCounts, StaleBinding, VariableReach
    from figma_warehouse.sandbox.truth.variable_truth import VariableName


@dataclass(frozen=True)
class FileTruth:
    """One file or branch. The counts are 0 if it cannot be read. Times are UTC."""

    name: str
    team_id: str
    folder_id: str
    is_branch: bool
    main_file_key: str | None
    readable: bool
    version: str
    last_modified: datetime
    nodes: int
    pages: int
    visible_nodes: int
    instances: int
    component_definitions: int
    text_nodes: int


@dataclass(frozen=True)
class Truth:
    """The ground truth, over readable main files unless a field says otherwise. The fields and their keys:

    - `files`: by file key, branches included;
    - `component_usage`: by (component key, file key); `style_usage`: by (style key, file key, slot);
    - `branch_usage`: by component key, and `branch_references`: by style key, both over readable branches;
    - `node_counts`: by (file key, version id, last modified), for every state so far, those of branches and of deleted
      files included;
    - `figma_usage`: by key of a component, style or variable, what Figma's own analytics count;
    - `adoption` and `peer_adoption`: by (level, id);
    - `lost_components`: by (file key, component key), the key empty if the file's map lacks the component;
    - `shadow_styles`: by (file key, style key); `shadow_components`: by (file key, node id);
    - `hardcoded_values`: by (file key, kind, value); `palette`: by (value, role), what styles and variables offer;
      `slot_palette`: the same by (slot kind, value), of slots that are neither paints nor fonts;
      `main_roles`: by value, the role that the hard-coded value has most often;
    - `component_dependencies`: by (component key, needed key), direct and nested instances;
    - `component_impact`: by component key; `component_set_reach`: by set key;
    - `variant_usage`: by (set key, property, type, value), the value None for texts that are not the default;
    - `variable_usage`: by (file key, variable key, local variable id, slot kind);
    - `variable_reach`: by (variable key, file key of a local variable, local variable id);
    - `stale_bindings`: by (variable key, file key, suffix);
    - `variable_names`: by (None, variable key) and (file key, local variable id); `unused_variables`: variable keys;
      `variable_aliases`: steps by the keys of the variable and of the one that gives its value. All three as after a
      load with `variables`;
    - `slot_adoption`: by (level, id, slot kind);
    - `set_weight`: by set key;
    - `library_hygiene`: (kind, key, problem, property), the property None unless it is the problem;
    - `library_usage`: by (library file key, file key), the library None if it is not known;
      `library_usage_looked_up`: the same after a load with `key_lookups`;
    - `key_lookups`: by (kind, key), the keys that a first load looks up, over readable files and branches;
    - `deprecated_usage`: by (kind, key, file key);
    - `component_overrides`: by (component key, field); `page_weight`: by (file key, page id);
    - `library_actions`: by (library file key, kind, item key, Monday): insertions and detachments by Figma's account;
    - `file_views`: by (file key, Monday), and `unopened_files`, as after a load with `activity_logs`;
    - `ready_for_dev`: by (file key, page id, node id);
    - `written_threads`: the threads of each main file by its key, and `comment_threads`: by (file key, id of the first
      comment), as after a load with `comments`;
    - `code_coverage`: by (kind, key), as after a load with `dev_resources`;
    - `component_changes`: by (file key, version id, last modified, node id, kind of the change, id of its subject), as
      after a load of every save.
    """

    files: dict[str, FileTruth]
    component_usage: dict[tuple[str, str], UsageTruth]
    published_components: frozenset[str]
    unused_components: frozenset[str]
    style_usage: dict[tuple[str, str, str], StyleTruth]
    orphaned_styles: OrphanedStyles
    branch_usage: dict[str, BranchUsage]
    branch_references: dict[str, int]
    node_counts: dict[tuple[str, str, datetime], int]
    removed_files: frozenset[str]
    figma_usage: dict[str, FigmaUsage]
    adoption: dict[tuple[str, str], Adoption]
    peer_adoption: dict[tuple[str, str], PeerCounts]
    lost_components: dict[tuple[str, str], tuple[str, UsageTruth]]
    shadow_styles: dict[tuple[str, str], ShadowedStyle]
    shadow_components: dict[tuple[str, str], ShadowedComponent]
    hardcoded_values: dict[tuple[str, str, str], HardcodedCounts]
    palette: dict[tuple[str, str], PaletteEntry]
    slot_palette: dict[tuple[str, str], SlotOffer]
    main_roles: dict[str, str]
    component_dependencies: dict[tuple[str, str], tuple[int, int]]
    component_impact: dict[str, ComponentImpact]
    component_set_reach: dict[str, SetReach]
    variant_usage: dict[tuple[str, str, str, str | None], PropertyUsage]
    variable_usage: dict[tuple[str, str | None, str | None, str], BindingCounts]
    variable_reach: dict[tuple[str | None, str | None, str | None], VariableReach]
    stale_bindings: dict[tuple[str, str, str], StaleBinding]
    variable_names: dict[tuple[str | None, str], VariableName]
    unused_variables: frozenset[str]
    variable_aliases: dict[tuple[str, str], int]
    slot_adoption: dict[tuple[str, str, str], SlotCounts]
    set_weight: dict[str, SetWeight]
    library_hygiene: frozenset[tuple[str, str, str, str | None]]
    library_usage: dict[LibraryAndFile, LibraryUse]
    library_usage_looked_up: dict[LibraryAndFile, LibraryUse]
    key_lookups: dict[KindAndKey, KeyLookup]
    deprecated_usage: dict[ItemAndFile, DeprecatedUse]
    component_overrides: dict[tuple[str, str], OverrideTruth]
    page_weight: dict[tuple[str, str], PageWeight]
    component_changes: dict[ChangeKey, ComponentChange]
    written_threads: dict[str, list[SampleThread]]
    comment_threads: dict[tuple[str, str], CommentThread]
    code_coverage: dict[tuple[str, str], CodeCoverage]
    ready_for_dev: dict[tuple[str, str, str], StatusForDev]
    library_actions: dict[tuple[str, str, str, date], tuple[int, int]]
    file_views: dict[tuple[str, date], FileViews]
    unopened_files: frozenset[str]
