-- the components and sets of a library before and after a change, by the id of their node, if they differ. States whose
-- components are not known are skipped: an earlier version loaded them. A library is a main file that publishes, or did
with libraries as (
    select components.file_key
    from {{ ref('stg_components') }} as components
    union distinct
    select component_sets.file_key
    from {{ ref('stg_component_sets') }} as component_sets
),

states as (
    select
        snapshots.file_key,
        snapshots.version,
        snapshots.last_modified_at,
        snapshots.definitions_hash,
        lag(snapshots.last_modified_at) over (
            partition by snapshots.file_key
            order by snapshots.last_modified_at, snapshots.loaded_at, snapshots.version
        ) as last_modified_before,
        lag(snapshots.definitions_hash) over (
            partition by snapshots.file_key
            order by snapshots.last_modified_at, snapshots.loaded_at, snapshots.version
        ) as hash_before,
        min(snapshots.last_modified_at) over (partition by snapshots.file_key) as known_since_at
    from {{ ref('stg_file_snapshots') }} as snapshots
    inner join libraries
        on snapshots.file_key = libraries.file_key
    inner join {{ ref('int_files') }} as files
        on snapshots.file_key = files.file_key
    where
        snapshots.definitions_hash is not null
        and not files.is_branch
),

steps as (
    select
        states.file_key,
        states.version,
        states.last_modified_at,
        states.definitions_hash,
        states.last_modified_before,
        states.hash_before,
        states.known_since_at
    from states
    where states.hash_before <> states.definitions_hash
),

old_definitions as (
    select
        steps.file_key,
        steps.version,
        steps.last_modified_at,
        definitions.node_id,
        definitions.kind,
        definitions.item_key,
        definitions.set_node_id,
        coalesce(definitions.item_name, '') as item_name,
        coalesce(definitions.description, '') as description,
        definitions.width,
        definitions.height,
        definitions.parts_hash
    from steps
    inner join {{ ref('stg_component_states') }} as definitions
        on
            steps.file_key = definitions.file_key
            and steps.hash_before = definitions.definitions_hash
),

new_definitions as (
    select
        steps.file_key,
        steps.version,
        steps.last_modified_at,
        definitions.node_id,
        definitions.kind,
        definitions.item_key,
        definitions.set_node_id,
        coalesce(definitions.item_name, '') as item_name,
        coalesce(definitions.description, '') as description,
        definitions.width,
        definitions.height,
        definitions.parts_hash
    from steps
    inner join {{ ref('stg_component_states') }} as definitions
        on
            steps.file_key = definitions.file_key
            and steps.definitions_hash = definitions.definitions_hash
),

pairs as (
    select
        coalesce(new_definitions.file_key, old_definitions.file_key) as file_key,
        coalesce(new_definitions.version, old_definitions.version) as to_version,
        coalesce(new_definitions.last_modified_at, old_definitions.last_modified_at) as last_modified_at,
        coalesce(new_definitions.node_id, old_definitions.node_id) as node_id,
        coalesce(new_definitions.kind, old_definitions.kind) as kind,
        coalesce(new_definitions.item_key, old_definitions.item_key) as item_key,
        old_definitions.node_id is not null as is_before,
        new_definitions.node_id is not null as is_after,
        old_definitions.item_name as name_before,
        new_definitions.item_name as name_after,
        old_definitions.description as description_before,
        new_definitions.description as description_after,
        old_definitions.set_node_id as set_before,
        new_definitions.set_node_id as set_after,
        old_definitions.width as width_before,
        new_definitions.width as width_after,
        old_definitions.height as height_before,
        new_definitions.height as height_after,
        old_definitions.parts_hash as parts_before,
        new_definitions.parts_hash as parts_after
    from old_definitions
    full outer join new_definitions
        on
            old_definitions.file_key = new_definitions.file_key
            and old_definitions.version = new_definitions.version
            and old_definitions.last_modified_at = new_definitions.last_modified_at
            and old_definitions.node_id = new_definitions.node_id
)

select
    pairs.file_key,
    pairs.to_version,
    pairs.last_modified_at,
    pairs.node_id,
    steps.last_modified_before,
    steps.known_since_at,
    pairs.kind,
    pairs.item_key,
    pairs.is_before,
    pairs.is_after,
    pairs.name_before,
    pairs.name_after,
    pairs.description_before,
    pairs.description_after,
    pairs.set_before,
    pairs.set_after,
    coalesce(sets_after.item_key, sets_before.item_key) as set_key,
    coalesce(sets_after.item_name, sets_before.item_name) as set_name,
    sets_before.item_key as set_key_before,
    sets_before.item_name as set_name_before,
    sets_kept.node_id is not null as is_set_before_after,
    sets_known.node_id is not null as is_set_after_before,
    pairs.width_before,
    pairs.width_after,
    pairs.height_before,
    pairs.height_after,
    pairs.parts_before,
    pairs.parts_after
from pairs
inner join steps
    on
        pairs.file_key = steps.file_key
        and pairs.to_version = steps.version
        and pairs.last_modified_at = steps.last_modified_at
left join new_definitions as sets_after
    on
        pairs.file_key = sets_after.file_key
        and pairs.to_version = sets_after.version
        and pairs.last_modified_at = sets_after.last_modified_at
        and pairs.set_after = sets_after.node_id
left join old_definitions as sets_before
    on
        pairs.file_key = sets_before.file_key
        and pairs.to_version = sets_before.version
        and pairs.last_modified_at = sets_before.last_modified_at
        and pairs.set_before = sets_before.node_id
left join new_definitions as sets_kept
    on
        pairs.file_key = sets_kept.file_key
        and pairs.to_version = sets_kept.version
        and pairs.last_modified_at = sets_kept.last_modified_at
        and pairs.set_before = sets_kept.node_id
left join old_definitions as sets_known
    on
        pairs.file_key = sets_known.file_key
        and pairs.to_version = sets_known.version
        and pairs.last_modified_at = sets_known.last_modified_at
        and pairs.set_after = sets_known.node_id
where
    not pairs.is_before
    or not pairs.is_after
    or pairs.name_before <> pairs.name_after
    or pairs.description_before <> pairs.description_after
    or pairs.set_before is distinct from pairs.set_after
    or pairs.width_before is distinct from pairs.width_after
    or pairs.height_before is distinct from pairs.height_after
    or pairs.parts_before <> pairs.parts_after
