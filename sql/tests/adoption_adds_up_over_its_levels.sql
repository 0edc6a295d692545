-- the sums over files, over folders, over teams and of the organisation are equal
with sums as (
    select
        adoption.level,
        coalesce(sum(adoption.visible_layers), 0) as visible_layers,
        coalesce(sum(adoption.library_layers), 0) as library_layers,
        coalesce(sum(adoption.library_placements), 0) as library_placements,
        coalesce(sum(adoption.local_placements), 0) as local_placements,
        coalesce(sum(adoption.text_slots), 0) as text_slots,
        coalesce(sum(adoption.bound_text_slots), 0) as bound_text_slots,
        coalesce(sum(adoption.text_characters), 0) as text_characters,
        coalesce(sum(adoption.bound_text_characters), 0) as bound_text_characters,
        coalesce(sum(adoption.fill_slots), 0) as fill_slots,
        coalesce(sum(adoption.bound_fill_slots), 0) as bound_fill_slots,
        sum(adoption.files_expected) as files_expected
    from {{ ref('adoption') }} as adoption
    group by adoption.level
)

select
    sums.level,
    sums.visible_layers
from sums
inner join sums as files
    on
        files.level = 'file'
        and (
            sums.visible_layers <> files.visible_layers
            or sums.library_layers <> files.library_layers
            or sums.library_placements <> files.library_placements
            or sums.local_placements <> files.local_placements
            or sums.text_slots <> files.text_slots
            or sums.bound_text_slots <> files.bound_text_slots
            or sums.text_characters <> files.text_characters
            or sums.bound_text_characters <> files.bound_text_characters
            or sums.fill_slots <> files.fill_slots
            or sums.bound_fill_slots <> files.bound_fill_slots
            or sums.files_expected <> files.files_expected
        )
