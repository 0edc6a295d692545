-- Figma's account has no row for a component and a week without actions: between the first and the last week with a row
-- of any component of the library, none are 0, and outside of them nothing is known. Ours are known from the first
-- snapshot on
with figma as (
    select
        actions.library_file_key,
        actions.item_key as component_key,
        actions.week_start,
        actions.item_name as component_name,
        actions.component_set_key,
        actions.component_set_name,
        actions.insertions,
        actions.detachments
    from {{ ref('stg_library_actions') }} as actions
    where actions.kind = 'component'
),

accounts as (
    select
        figma.library_file_key,
        min(figma.week_start) as first_week,
        max(figma.week_start) as last_week
    from figma
    group by figma.library_file_key
),

ours as (
    select
        accounts.library_file_key,
        history.component_key,
        history.week_start,
        history.component_name,
        history.component_set_key,
        history.component_set_name,
        history.insertions,
        history.swaps_in,
        history.detachments,
        history.files_expected,
        history.files_scanned,
        history.is_conclusive
    from {{ ref('usage_history') }} as history
    inner join accounts
        on
            history.library_file_key = accounts.library_file_key
            and history.week_start between accounts.first_week and accounts.last_week
    where history.is_published
),

beside as (
    select
        coalesce(figma.library_file_key, ours.library_file_key) as library_file_key,
        coalesce(figma.component_key, ours.component_key) as component_key,
        coalesce(figma.week_start, ours.week_start) as week_start,
        coalesce(ours.component_name, figma.component_name) as component_name,
        coalesce(ours.component_set_key, figma.component_set_key) as component_set_key,
        coalesce(ours.component_set_name, figma.component_set_name) as component_set_name,
        coalesce(figma.insertions, 0) as figma_insertions,
        ours.insertions,
        ours.swaps_in,
        coalesce(figma.detachments, 0) as figma_detachments,
        ours.detachments,
        ours.files_expected,
        ours.files_scanned,
        coalesce(ours.is_conclusive, false) as is_conclusive
    from figma
    full join ours
        on
            figma.library_file_key = ours.library_file_key
            and figma.component_key = ours.component_key
            and figma.week_start = ours.week_start
)

select
    beside.library_file_key,
    libraries.file_name as library_file_name,
    beside.component_key,
    beside.week_start,
    beside.component_name,
    beside.component_set_key,
    beside.component_set_name,
    beside.figma_insertions,
    beside.insertions,
    beside.figma_insertions - beside.insertions as insertion_difference,
    beside.swaps_in,
    beside.figma_detachments,
    beside.detachments,
    beside.figma_detachments - beside.detachments as detachment_difference,
    beside.files_expected,
    beside.files_scanned,
    beside.is_conclusive
from beside
left join {{ ref('int_files') }} as libraries
    on beside.library_file_key = libraries.file_key
where
    beside.figma_insertions + beside.figma_detachments > 0
    or beside.insertions + beside.detachments + beside.swaps_in > 0
