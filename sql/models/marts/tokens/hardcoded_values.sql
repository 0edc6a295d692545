-- the nearest style or variable is searched once per value, not once per layer. Among equal values, the one used most
-- in the role that the value mostly has wins: stroke, text fill or other fill. The distance of colors is their distance
-- in OKLab with alpha as a fourth axis, so that a translucent color does not match the opaque one. Fonts are compared
-- within their family: one pixel of size weighs as much as 100 units of weight. Lengths are compared with the variables
-- that give the same kind of slot: sorted among these, a length has at most two neighbours. Effects are equal to those
-- of a style, or not comparable. FigJam boards are not design and have no tokens, so they are left out
with hardcoded as (
    select
        paints.file_key,
        'color' as kind,
        paints.color as value,
        paints.color,
        cast(null as varchar) as font_family,
        cast(null as double precision) as font_size,
        cast(null as double precision) as font_weight,
        cast(null as double precision) as number,
        sum(paints.paints) as occurrences,
        coalesce(sum(paints.paints) filter (where paints.role = 'fill'), 0) as fills,
        coalesce(sum(paints.paints) filter (where paints.role = 'fill' and paints.is_text), 0) as text_fills,
        coalesce(sum(paints.paints) filter (where paints.role = 'stroke'), 0) as strokes,
        0 as texts,
        {{ first_by('paints.sample_node_id', 'paints.sample_preorder') }} as sample_node_id
    from {{ ref('int_paints') }} as paints
    inner join {{ ref('int_files') }} as files
        on paints.file_key = files.file_key
    where
        files.is_design
        and not paints.has_style
        and not paints.has_variable
        and not paints.is_in_library
    group by
        paints.file_key,
        paints.color
    union all
    select
        texts.file_key,
        'font' as kind,
        {{ font('texts.font_family', 'texts.font_size', 'texts.font_weight') }} as value,
        cast(null as varchar) as color,
        texts.font_family,
        texts.font_size,
        texts.font_weight,
        cast(null as double precision) as number,
        sum(texts.texts) as occurrences,
        0 as fills,
        0 as text_fills,
        0 as strokes,
        sum(texts.texts) as texts,
        {{ first_by('texts.sample_node_id', 'texts.sample_preorder') }} as sample_node_id
    from {{ ref('int_texts') }} as texts
    inner join {{ ref('int_files') }} as files
        on texts.file_key = files.file_key
    where
        files.is_design
        and not texts.has_style
        and not texts.has_variable
        and not texts.is_in_library
    group by
        texts.file_key,
        texts.font_family,
        texts.font_size,
        texts.font_weight
    union all
    select
        slots.file_key,
        slots.slot_kind as kind,
        slots.value,
        cast(null as varchar) as color,
        cast(null as varchar) as font_family,
        cast(null as double precision) as font_size,
        cast(null as double precision) as font_weight,
        slots.number,
        sum(slots.slots) as occurrences,
        0 as fills,
        0 as text_fills,
        0 as strokes,
        0 as texts,
        {{ first_by('slots.sample_node_id', 'slots.sample_preorder') }} as sample_node_id
    from {{ ref('int_slots') }} as slots
    inner join {{ ref('int_files') }} as files
        on slots.file_key = files.file_key
    where
        files.is_design
        and slots.slot_kind in ('radius', 'spacing', 'stroke_weight', 'effect')
        and not slots.has_style
        and not slots.has_variable
        and not slots.is_in_library
    group by
        slots.file_key,
        slots.slot_kind,
        slots.value,
        slots.number
),

looked_for as (
    select
        hardcoded.kind,
        hardcoded.value,
        hardcoded.color,
        hardcoded.font_family,
        hardcoded.font_size,
        hardcoded.font_weight,
        case
            when hardcoded.kind = 'font' then 'font'
            when sum(hardcoded.strokes) > sum(hardcoded.fills) then 'stroke'
            when 2 * sum(hardcoded.text_fills) > sum(hardcoded.fills) then 'text'
            else 'fill'
        end as role
    from hardcoded
    where hardcoded.kind in ('color', 'font')
    group by
        hardcoded.kind,
        hardcoded.value,
        hardcoded.color,
        hardcoded.font_family,
        hardcoded.font_size,
        hardcoded.font_weight
),

offers as (
    select
        palette.role,
        palette.value,
        palette.color,
        palette.font_family,
        palette.font_size,
        palette.font_weight,
        palette.kind,
        palette.key,
        palette.name,
        palette.candidates,
        palette.candidate_names,
        row_number() over (
            partition by palette.role
            order by
                palette.role_uses desc,
                palette.name asc,
                palette.key asc
        ) as place
    from {{ ref('int_palette') }} as palette
),

wanted_colors as (
    select
        looked_for.value,
        looked_for.role,
        {{ color_point('colors') }} as color_point
    from looked_for
    inner join {{ ref('int_colors') }} as colors
        on looked_for.color = colors.color
),

offered_colors as (
    select
        offers.role,
        offers.place,
        {{ color_point('colors') }} as color_point
    from offers
    inner join {{ ref('int_colors') }} as colors
        on offers.color = colors.color
),

-- ten thousand values and as many offers are a hundred million pairs: an aggregate keeps none of them
nearest_colors as (
    select
        wanted_colors.value,
        wanted_colors.role,
        {{ nearest_place('wanted_colors.color_point', 'offered_colors.color_point', 'offered_colors.place') }} as place
    from wanted_colors
    inner join offered_colors
        on wanted_colors.role = offered_colors.role
    group by
        wanted_colors.value,
        wanted_colors.role
),

compared_fonts as (
    select
        looked_for.value,
        looked_for.role,
        offers.place,
        {{ font_distance('looked_for', 'offers') }} as distance
    from looked_for
    inner join offers
        on
            looked_for.role = offers.role
            and looked_for.font_family = offers.font_family
),

nearest_fonts as (
    select
        compared_fonts.value,
        compared_fonts.role,
        compared_fonts.place,
        compared_fonts.distance,
        row_number() over (
            partition by compared_fonts.value
            order by
                compared_fonts.distance,
                compared_fonts.place
        ) as choice
    from compared_fonts
),

places as (
    select
        'color' as kind,
        nearest_colors.value,
        nearest_colors.role,
        nearest_colors.place,
        cast(null as double precision) as distance
    from nearest_colors
    union all
    select
        'font' as kind,
        nearest_fonts.value,
        nearest_fonts.role,
        nearest_fonts.place,
        nearest_fonts.distance
    from nearest_fonts
    where nearest_fonts.choice = 1
),

lengths as (
    select
        hardcoded.kind,
        hardcoded.value,
        hardcoded.number,
        cast(null as double precision) as offered
    from hardcoded
    where hardcoded.number is not null
    union distinct
    select
        palette.slot_kind as kind,
        palette.value,
        palette.number,
        palette.number as offered
    from {{ ref('int_slot_palette') }} as palette
    where palette.number is not null
),

between_offers as (
    select
        lengths.kind,
        lengths.value,
        lengths.number,
        lengths.offered,
        max(lengths.offered) over (
            partition by lengths.kind
            order by lengths.number
            range between unbounded preceding and current row
        ) as below,
        min(lengths.offered) over (
            partition by lengths.kind
            order by lengths.number
            range between current row and unbounded following
        ) as above
    from lengths
),

-- a length that a variable has is its own neighbour on both sides
neighbours as (
    select
        between_offers.kind,
        between_offers.value,
        between_offers.number,
        coalesce(between_offers.below, between_offers.above) as below,
        coalesce(between_offers.above, between_offers.below) as above
    from between_offers
    where between_offers.offered is null
),

distances as (
    select
        neighbours.kind,
        neighbours.value,
        neighbours.below,
        neighbours.above,
        case
            when neighbours.number = neighbours.below then 0.0
            else {{ hundredths("abs(neighbours.number - neighbours.below)") }}
        end as distance_below,
        case
            when neighbours.number = neighbours.above then 0.0
            else {{ hundredths("abs(neighbours.number - neighbours.above)") }}
        end as distance_above
    from neighbours
),

nearest_lengths as (
    select
        distances.kind,
        distances.value,
        case
            when distances.distance_below < distances.distance_above then distances.below
            when distances.distance_below > distances.distance_above then distances.above
            when above.uses > below.uses then distances.above
            when above.uses = below.uses and above.key < below.key then distances.above
            else distances.below
        end as number,
        least(distances.distance_below, distances.distance_above) as distance
    from distances
    inner join {{ ref('int_slot_palette') }} as below
        on
            distances.kind = below.slot_kind
            and distances.below = below.number
    inner join {{ ref('int_slot_palette') }} as above
        on
            distances.kind = above.slot_kind
            and distances.above = above.number
),

nearest as (
    select
        places.kind,
        places.value,
        offers.kind as nearest_kind,
        offers.key as nearest_key,
        offers.name as nearest_name,
        offers.value as nearest_value,
        offers.candidates,
        offers.candidate_names,
        coalesce(places.distance, {{ color_distance('colors', 'offered') }}) as distance
    from places
    inner join offers
        on
            places.role = offers.role
            and places.place = offers.place
    left join {{ ref('int_colors') }} as colors
        on places.value = colors.color
    left join {{ ref('int_colors') }} as offered
        on offers.color = offered.color
    union all
    select
        nearest_lengths.kind,
        nearest_lengths.value,
        palette.kind as nearest_kind,
        palette.key as nearest_key,
        palette.name as nearest_name,
        palette.value as nearest_value,
        palette.candidates,
        palette.candidate_names,
        nearest_lengths.distance
    from nearest_lengths
    inner join {{ ref('int_slot_palette') }} as palette
        on
            nearest_lengths.kind = palette.slot_kind
            and nearest_lengths.number = palette.number
    union all
    select
        palette.slot_kind as kind,
        palette.value,
        palette.kind as nearest_kind,
        palette.key as nearest_key,
        palette.name as nearest_name,
        palette.value as nearest_value,
        palette.candidates,
        palette.candidate_names,
        0.0 as distance
    from {{ ref('int_slot_palette') }} as palette
    where palette.slot_kind = 'effect'
)

select
    hardcoded.file_key,
    hardcoded.kind,
    hardcoded.value,
    hardcoded.color,
    hardcoded.font_family,
    hardcoded.font_size,
    hardcoded.font_weight,
    hardcoded.number,
    files.file_name,
    files.folder_id,
    files.folder_path,
    files.team_id,
    files.team_name,
    cast(hardcoded.occurrences as bigint) as occurrences,
    cast(hardcoded.fills as bigint) as fills,
    cast(hardcoded.strokes as bigint) as strokes,
    cast(hardcoded.texts as bigint) as texts,
    nearest.nearest_kind,
    nearest.nearest_key,
    coalesce(nearest.nearest_name, named.variable_name) as nearest_name,
    nearest.nearest_value,
    coalesce(nearest.candidates, 0) as nearest_candidates,
    nearest.candidate_names as nearest_candidate_names,
    nearest.distance,
    coalesce(nearest.nearest_value = hardcoded.value, false) as is_exact,
    case
        when nearest.nearest_value = hardcoded.value then 'exact'
        when nearest.nearest_key is null then 'none'
        when hardcoded.kind = 'color' and nearest.distance < 0.02 then 'looks the same'
        when hardcoded.kind = 'color' and nearest.distance > 0.1 then 'far'
        when hardcoded.number is not null and nearest.distance < 0.25 then 'looks the same'
        when hardcoded.number is not null and nearest.distance > 2 then 'far'
        else 'near'
    end as fit,
    {{ figma_url('hardcoded.file_key', 'hardcoded.sample_node_id') }} as sample_url
from hardcoded
inner join {{ ref('int_files') }} as files
    on hardcoded.file_key = files.file_key
left join nearest
    on
        hardcoded.kind = nearest.kind
        and hardcoded.value = nearest.value
left join {{ ref('int_variable_names') }} as named
    on
        nearest.nearest_key = named.variable_key
        and nearest.nearest_kind = 'variable'
