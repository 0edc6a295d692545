{{ config(materialized='incremental', pre_hook='{{ leave_out_stale_files() }}') }}

-- a text has the fonts that its characters show, each once however many parts show it. Together they are one slot,
-- which counts as bound if all of them are: the slot is counted with a font that is not bound if there is one, and
-- among these with one that has no style
with styled as (
    select
        node_styles.file_key,
        node_styles.node_id,
        max(case when styles.is_published then styles.style_key end) as published_style_key
    from {{ ref('stg_node_styles') }} as node_styles
    inner join {{ ref('int_stale_files') }} as files
        on node_styles.file_key = files.file_key
    left join {{ ref('int_styles') }} as styles
        on node_styles.style_key = styles.style_key
    where node_styles.slot = 'text'
    group by
        node_styles.file_key,
        node_styles.node_id
),

bound as (
    select distinct
        node_variables.file_key,
        node_variables.node_id
    from {{ ref('stg_node_variables') }} as node_variables
    inner join {{ ref('int_stale_files') }} as files
        on node_variables.file_key = files.file_key
    where
        node_variables.property in ('fontFamily', 'fontSize', 'style/fontFamily', 'style/fontSize')
        or node_variables.property like 'fontFamily/%'
        or node_variables.property like 'fontSize/%'
),

ranged as (
    select
        text_ranges.file_key,
        text_ranges.node_id,
        text_ranges.font_family,
        text_ranges.font_size,
        text_ranges.font_weight,
        text_ranges.text_style_id is not null as has_style,
        text_ranges.font_family_variable_id is not null
        or text_ranges.font_size_variable_id is not null as has_variable,
        case when styles.is_published then styles.style_key end as published_style_key,
        sum(text_ranges.characters) as characters
    from {{ ref('stg_text_ranges') }} as text_ranges
    inner join {{ ref('int_stale_files') }} as files
        on text_ranges.file_key = files.file_key
    left join {{ ref('int_styles') }} as styles
        on text_ranges.text_style_key = styles.style_key
    where
        text_ranges.position = 0
        and text_ranges.characters is not null
    group by
        text_ranges.file_key,
        text_ranges.node_id,
        text_ranges.font_family,
        text_ranges.font_size,
        text_ranges.font_weight,
        text_ranges.text_style_id is not null,
        text_ranges.font_family_variable_id is not null
        or text_ranges.font_size_variable_id is not null,
        case when styles.is_published then styles.style_key end
),

chosen as (
    select
        ranged.file_key,
        ranged.node_id,
        ranged.font_family,
        ranged.font_size,
        ranged.font_weight,
        ranged.has_style,
        ranged.has_variable,
        ranged.published_style_key,
        ranged.characters,
        row_number() over (
            partition by
                ranged.file_key,
                ranged.node_id
            order by
                case when ranged.has_variable or ranged.published_style_key is not null then 1 else 0 end,
                ranged.has_style,
                ranged.font_family,
                ranged.font_size,
                ranged.font_weight,
                ranged.has_variable,
                ranged.published_style_key
        ) as slot_choice
    from ranged
),

texts as (
    select
        nodes.file_key,
        nodes.node_id,
        nodes.preorder,
        {{ nearest_instance('nodes') }} as instance_id,
        case when chosen.node_id is null then nodes.font_family else chosen.font_family end as font_family,
        case when chosen.node_id is null then nodes.font_size else chosen.font_size end as font_size,
        case when chosen.node_id is null then nodes.font_weight else chosen.font_weight end as font_weight,
        coalesce(chosen.has_style, styled.node_id is not null) as has_style,
        coalesce(chosen.has_variable, bound.node_id is not null) as has_variable,
        case
            when chosen.node_id is null then styled.published_style_key
            else chosen.published_style_key
        end as source_key,
        coalesce(chosen.characters, length(nodes.characters), 0) as characters,
        coalesce(chosen.slot_choice, 1) as slot_choice
    from {{ ref('stg_nodes') }} as nodes
    inner join {{ ref('int_stale_files') }} as files
        on nodes.file_key = files.file_key
    left join chosen
        on
            nodes.file_key = chosen.file_key
            and nodes.node_id = chosen.node_id
    left join styled
        on
            nodes.file_key = styled.file_key
            and nodes.node_id = styled.node_id
    left join bound
        on
            nodes.file_key = bound.file_key
            and nodes.node_id = bound.node_id
    where
        not files.is_branch
        and nodes.node_type = 'TEXT'
        and nodes.is_effectively_visible
)

select
    texts.file_key,
    coalesce(instances.is_in_library, false) as is_in_library,
    texts.font_family,
    texts.font_size,
    texts.font_weight,
    texts.has_style,
    texts.has_variable,
    texts.source_key is not null or texts.has_variable as is_bound,
    texts.source_key,
    count(*) as texts,
    count(*) filter (where texts.slot_choice = 1) as slots,
    cast(sum(texts.characters) as bigint) as characters,
    min(texts.preorder) as sample_preorder,
    {{ first_by('texts.node_id', 'texts.preorder') }} as sample_node_id
from texts
left join {{ ref('int_instances') }} as instances
    on
        texts.file_key = instances.file_key
        and texts.instance_id = instances.node_id
group by
    texts.file_key,
    coalesce(instances.is_in_library, false),
    texts.font_family,
    texts.font_size,
    texts.font_weight,
    texts.has_style,
    texts.has_variable,
    texts.source_key
