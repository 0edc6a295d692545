-- a changelog of each library, from the states of its file that were loaded. A variant that comes or goes is a change
-- of its set; a set comes and goes with its variants. Sizes are compared in whole pixels, and those of sets are left
-- out: they follow from the variants. Layers inside instances are left out: they change with another component. Layers
-- that are renamed or moved are left out. Changes of layers are one row per component. A change is published with the
-- first publication of the component, or of its set, after the state before. Changes before the first known state of a
-- library, known_since_at, are not known
with changes as (
    select
        pairs.file_key,
        pairs.to_version,
        pairs.last_modified_at,
        pairs.node_id,
        case when pairs.is_after then 'added' else 'removed' end as change_kind,
        '' as subject_id,
        cast(null as varchar) as subject,
        cast(null as varchar) as value_before,
        cast(null as varchar) as value_after,
        cast(1 as bigint) as change_count
    from {{ ref('int_definition_pairs') }} as pairs
    where
        (not pairs.is_before and pairs.set_after is null)
        or (not pairs.is_after and pairs.set_before is null)
    union all
    select
        pairs.file_key,
        pairs.to_version,
        pairs.last_modified_at,
        pairs.set_after as node_id,
        'variant_added' as change_kind,
        pairs.node_id as subject_id,
        pairs.name_after as subject,
        null as value_before,
        null as value_after,
        1 as change_count
    from {{ ref('int_definition_pairs') }} as pairs
    where
        pairs.is_set_after_before
        and pairs.set_before is distinct from pairs.set_after
    union all
    select
        pairs.file_key,
        pairs.to_version,
        pairs.last_modified_at,
        pairs.set_before as node_id,
        'variant_removed' as change_kind,
        pairs.node_id as subject_id,
        pairs.name_before as subject,
        null as value_before,
        null as value_after,
        1 as change_count
    from {{ ref('int_definition_pairs') }} as pairs
    where
        pairs.is_set_before_after
        and pairs.set_before is distinct from pairs.set_after
    union all
    select
        pairs.file_key,
        pairs.to_version,
        pairs.last_modified_at,
        pairs.node_id,
        'renamed' as change_kind,
        '' as subject_id,
        null as subject,
        pairs.name_before as value_before,
        pairs.name_after as value_after,
        1 as change_count
    from {{ ref('int_definition_pairs') }} as pairs
    where pairs.name_before <> pairs.name_after
    union all
    select
        pairs.file_key,
        pairs.to_version,
        pairs.last_modified_at,
        pairs.node_id,
        'description_changed' as change_kind,
        '' as subject_id,
        null as subject,
        pairs.description_before as value_before,
        pairs.description_after as value_after,
        1 as change_count
    from {{ ref('int_definition_pairs') }} as pairs
    where pairs.description_before <> pairs.description_after
    union all
    select
        sizes.file_key,
        sizes.to_version,
        sizes.last_modified_at,
        sizes.node_id,
        'size_changed' as change_kind,
        '' as subject_id,
        null as subject,
        sizes.size_before as value_before,
        sizes.size_after as value_after,
        1 as change_count
    from (
        select
            pairs.file_key,
            pairs.to_version,
            pairs.last_modified_at,
            pairs.node_id,
            cast(cast(floor(pairs.width_before + 0.5) as bigint) as varchar) || ' × '
            || cast(cast(floor(pairs.height_before + 0.5) as bigint) as varchar) as size_before,
            cast(cast(floor(pairs.width_after + 0.5) as bigint) as varchar) || ' × '
            || cast(cast(floor(pairs.height_after + 0.5) as bigint) as varchar) as size_after
        from {{ ref('int_definition_pairs') }} as pairs
        where pairs.kind = 'component'
    ) as sizes
    where sizes.size_before <> sizes.size_after
    union all
    select
        pairs.file_key,
        pairs.to_version,
        pairs.last_modified_at,
        pairs.node_id,
        parts.change_kind,
        parts.part_id as subject_id,
        parts.part_name as subject,
        case
            when parts.change_kind = 'property_renamed' then parts.name_before
            when parts.change_kind = 'property_default_changed' then parts.value_before
        end as value_before,
        case
            when parts.change_kind = 'property_renamed' then parts.part_name
            when parts.change_kind = 'property_default_changed' then parts.value_after
        end as value_after,
        1 as change_count
    from {{ ref('int_definition_pairs') }} as pairs
    inner join {{ ref('int_part_changes') }} as parts
        on
            pairs.parts_before = parts.parts_before
            and pairs.parts_after = parts.parts_after
    where parts.part = 'property'
    union all
    select
        pairs.file_key,
        pairs.to_version,
        pairs.last_modified_at,
        pairs.node_id,
        parts.change_kind,
        '' as subject_id,
        {{ listagg('case when parts.place <= 3 then parts.part_name end', "', '", 'order by parts.place') }}
        || case
            when count(*) > 3 then ' and ' || cast(count(*) - 3 as varchar) || ' more'
            else ''
        end as subject,
        null as value_before,
        null as value_after,
        count(*) as change_count
    from {{ ref('int_definition_pairs') }} as pairs
    inner join {{ ref('int_part_changes') }} as parts
        on
            pairs.parts_before = parts.parts_before
            and pairs.parts_after = parts.parts_after
    where parts.part = 'layer'
    group by
        pairs.file_key,
        pairs.to_version,
        pairs.last_modified_at,
        pairs.node_id,
        parts.change_kind
),

steps as (
    select distinct
        pairs.file_key,
        pairs.to_version,
        pairs.last_modified_at,
        pairs.last_modified_before,
        pairs.known_since_at
    from {{ ref('int_definition_pairs') }} as pairs
),

-- a set has a row of its own only if it changed itself, so its names come from the states
named as (
    select
        changes.file_key,
        changes.to_version,
        changes.last_modified_at,
        changes.node_id,
        changes.change_kind,
        changes.subject_id,
        changes.subject,
        changes.value_before,
        changes.value_after,
        changes.change_count,
        steps.last_modified_before,
        steps.known_since_at,
        coalesce(pairs.kind, 'component_set') as kind,
        coalesce(
            pairs.item_key,
            case
                when changes.change_kind = 'variant_removed' then variants.set_key_before
                else variants.set_key
            end
        ) as item_key,
        coalesce(
            pairs.name_after,
            pairs.name_before,
            case
                when changes.change_kind = 'variant_removed' then variants.set_name_before
                else variants.set_name
            end,
            ''
        ) as item_name,
        pairs.set_key as component_set_key,
        pairs.set_name as component_set_name
    from changes
    inner join steps
        on
            changes.file_key = steps.file_key
            and changes.to_version = steps.to_version
            and changes.last_modified_at = steps.last_modified_at
    left join {{ ref('int_definition_pairs') }} as pairs
        on
            changes.file_key = pairs.file_key
            and changes.to_version = pairs.to_version
            and changes.last_modified_at = pairs.last_modified_at
            and changes.node_id = pairs.node_id
    left join {{ ref('int_definition_pairs') }} as variants
        on
            changes.file_key = variants.file_key
            and changes.to_version = variants.to_version
            and changes.last_modified_at = variants.last_modified_at
            and changes.subject_id = variants.node_id
),

published as (
    select
        items.file_key,
        items.to_version,
        items.last_modified_at,
        items.node_id,
        min(events.happened_at) as published_at
    from (
        select
            named.file_key,
            named.to_version,
            named.last_modified_at,
            named.node_id,
            named.last_modified_before,
            named.item_key
        from named
        union distinct
        select
            named.file_key,
            named.to_version,
            named.last_modified_at,
            named.node_id,
            named.last_modified_before,
            named.component_set_key as item_key
        from named
    ) as items
    inner join {{ ref('stg_library_events') }} as events
        on
            items.file_key = events.file_key
            and items.item_key = events.item_key
            and items.last_modified_before < events.happened_at
    where events.event in ('published', 'updated', 'unpublished')
    group by
        items.file_key,
        items.to_version,
        items.last_modified_at,
        items.node_id
),

labelled as (
    select
        named.file_key,
        named.to_version,
        named.last_modified_at,
        named.node_id,
        named.change_kind,
        named.subject_id,
        named.subject,
        named.value_before,
        named.value_after,
        named.change_count,
        named.last_modified_before,
        named.known_since_at,
        named.kind,
        named.item_key,
        named.item_name,
        named.component_set_key,
        named.component_set_name,
        case
            when named.component_set_name is null then named.item_name
            else named.component_set_name || ' (' || named.item_name || ')'
        end as item_label,
        cast(named.change_count as varchar)
        || case when named.change_count = 1 then ' layer' else ' layers' end as layer_count
    from named
)

select
    labelled.file_key as library_file_key,
    files.file_name as library_file_name,
    labelled.to_version as found_version,
    labelled.last_modified_at as changed_by_at,
    labelled.last_modified_before as changed_after_at,
    {{ week_of('labelled.last_modified_at') }} as week_start,
    labelled.kind,
    labelled.node_id,
    labelled.item_key,
    labelled.item_name,
    labelled.component_set_key,
    labelled.component_set_name,
    labelled.change_kind,
    labelled.subject_id,
    labelled.subject,
    labelled.change_count,
    labelled.value_before,
    labelled.value_after,
    case labelled.change_kind
        when 'added' then labelled.item_label || ': added'
        when 'removed' then labelled.item_label || ': removed'
        when 'renamed' then labelled.item_label || ': renamed, it was ' || labelled.value_before
        when 'description_changed' then labelled.item_label || ': description changed'
        when 'size_changed'
            then
                labelled.item_label || ': size changed from ' || labelled.value_before
                || ' to ' || labelled.value_after
        when 'variant_added' then labelled.item_label || ': variant ' || labelled.subject || ' added'
        when 'variant_removed' then labelled.item_label || ': variant ' || labelled.subject || ' removed'
        when 'property_added' then labelled.item_label || ': property ' || labelled.subject || ' added'
        when 'property_removed' then labelled.item_label || ': property ' || labelled.subject || ' removed'
        when 'property_renamed'
            then labelled.item_label || ': property ' || labelled.value_before || ' renamed to ' || labelled.value_after
        when 'property_retyped' then labelled.item_label || ': type of the property ' || labelled.subject || ' changed'
        when 'property_default_changed'
            then labelled.item_label || ': default of the property ' || labelled.subject || ' changed'
        when 'layers_added' then labelled.item_label || ': ' || labelled.layer_count || ' added: ' || labelled.subject
        when 'layers_removed'
            then labelled.item_label || ': ' || labelled.layer_count || ' removed: ' || labelled.subject
        when 'layers_retyped'
            then labelled.item_label || ': type of ' || labelled.layer_count || ' changed: ' || labelled.subject
        when 'bindings_changed'
            then
                labelled.item_label || ': styles or variables of ' || labelled.layer_count || ' changed: '
                || labelled.subject
    end as sentence,
    published.published_at,
    labelled.known_since_at,
    case
        when labelled.change_kind <> 'removed' then {{ figma_url('labelled.file_key', 'labelled.node_id') }}
    end as figma_url
from labelled
inner join {{ ref('int_files') }} as files
    on labelled.file_key = files.file_key
left join published
    on
        labelled.file_key = published.file_key
        and labelled.to_version = published.to_version
        and labelled.last_modified_at = published.last_modified_at
        and labelled.node_id = published.node_id
