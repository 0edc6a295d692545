-- numerators and denominators are summed over files before they are divided, as in adoption. Every slot kind that
-- any file has is there for every item: without slots, its shares are null. A file that is not loaded, or is not a
-- design file, has no counts rather than zeros. A design file whose effects and corners were not stored is not scanned
with kinds as (
    select distinct counts.slot_kind
    from {{ ref('int_slot_counts') }} as counts
),

file_figures as (
    select
        files.file_key,
        files.file_name,
        files.folder_id,
        files.folder_name,
        files.team_id,
        files.team_name,
        files.is_expected,
        files.is_current and (files.has_all_slots or not files.is_design) as is_scanned,
        kinds.slot_kind,
        case when files.is_loaded and files.is_design then coalesce(counts.slots, 0) end as slots,
        case when files.is_loaded and files.is_design then coalesce(counts.variable_slots, 0) end as variable_slots,
        case when files.is_loaded and files.is_design then coalesce(counts.style_slots, 0) end as style_slots,
        case
            when files.is_loaded and files.is_design then coalesce(counts.local_style_slots, 0)
        end as local_style_slots,
        case when files.is_loaded and files.is_design then coalesce(counts.hand_slots, 0) end as hand_slots,
        case when files.is_design then {{ figma_url('files.file_key', 'counts.sample_node_id') }} end as sample_url
    from {{ ref('int_files') }} as files
    cross join kinds
    left join {{ ref('int_slot_counts') }} as counts
        on
            files.file_key = counts.file_key
            and kinds.slot_kind = counts.slot_kind
    where
        not files.is_branch
        and (files.is_expected or files.is_loaded)
),

levels as (
    select 'file' as level
    union all
    select 'folder' as level
    union all
    select 'team' as level
    union all
    select 'organisation' as level
),

leveled as (
    select
        levels.level,
        case levels.level
            when 'file' then file_figures.file_key
            when 'folder' then file_figures.folder_id
            when 'team' then file_figures.team_id
            else 'organisation'
        end as id,
        case levels.level
            when 'file' then file_figures.file_name
            when 'folder' then file_figures.folder_name
            when 'team' then file_figures.team_name
        end as name,
        file_figures.file_key,
        file_figures.slot_kind,
        file_figures.is_expected,
        file_figures.is_scanned,
        file_figures.slots,
        file_figures.variable_slots,
        file_figures.style_slots,
        file_figures.local_style_slots,
        file_figures.hand_slots,
        file_figures.sample_url
    from file_figures
    cross join levels
),

ranked as (
    select
        leveled.level,
        leveled.id,
        leveled.name,
        leveled.slot_kind,
        leveled.is_expected,
        leveled.is_scanned,
        leveled.slots,
        leveled.variable_slots,
        leveled.style_slots,
        leveled.local_style_slots,
        leveled.hand_slots,
        leveled.sample_url,
        row_number() over (
            partition by
                leveled.level,
                leveled.id,
                leveled.slot_kind
            order by
                coalesce(leveled.hand_slots, -1) desc,
                leveled.file_key asc
        ) as choice
    from leveled
),

summed as (
    select
        ranked.level,
        ranked.id,
        ranked.slot_kind,
        max(ranked.name) as name,
        cast(sum(ranked.slots) as bigint) as slots,
        cast(sum(ranked.variable_slots) as bigint) as variable_slots,
        cast(sum(ranked.style_slots) as bigint) as style_slots,
        cast(sum(ranked.local_style_slots) as bigint) as local_style_slots,
        cast(sum(ranked.hand_slots) as bigint) as hand_slots,
        max(case when ranked.choice = 1 then ranked.sample_url end) as sample_url,
        count(*) filter (where ranked.is_expected) as files_expected,
        count(*) filter (where ranked.is_expected and ranked.is_scanned) as files_scanned
    from ranked
    group by
        ranked.level,
        ranked.id,
        ranked.slot_kind
)

select
    summed.level,
    summed.id,
    summed.slot_kind,
    summed.name,
    summed.slots,
    summed.variable_slots,
    summed.style_slots,
    summed.local_style_slots,
    summed.hand_slots,
    cast(summed.variable_slots as double precision) / nullif(summed.slots, 0) as variable_share,
    cast(summed.variable_slots + summed.style_slots as double precision) / nullif(summed.slots, 0) as token_share,
    summed.sample_url,
    summed.files_expected,
    summed.files_scanned,
    summed.files_expected > 0
    and summed.files_scanned = summed.files_expected
    and scan.has_all_lists as is_conclusive
from summed
cross join {{ ref('int_scan') }} as scan
