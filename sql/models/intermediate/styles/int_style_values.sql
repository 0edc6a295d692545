-- a document does not contain the value of a style, but every node that refers to the style shows it. If the file that
-- defines a color is loaded, only its nodes tell: the value that most of them show wins, and a gradient, an image or
-- several paints are no color, whatever a node elsewhere still shows. Otherwise the value that most nodes show wins.
-- Fonts that the defining file does not show are taken from other files
with ranked as (
    select
        shown.style_key,
        shown.color,
        shown.font_family,
        shown.font_size,
        shown.font_weight,
        row_number() over (
            partition by shown.style_key
            order by
                coalesce(sum(shown.nodes) filter (where shown.file_key = styles.defined_in_file_key), 0) desc,
                sum(shown.nodes) desc,
                shown.color asc,
                shown.font_family asc,
                shown.font_size asc,
                shown.font_weight asc
        ) as choice
    from {{ ref('int_shown_styles') }} as shown
    inner join {{ ref('int_styles') }} as styles
        on shown.style_key = styles.style_key
    left join {{ ref('int_files') }} as libraries
        on styles.defined_in_file_key = libraries.file_key
    where
        (styles.style_type = 'TEXT') = (shown.kind = 'font')
        and (
            shown.kind = 'font'
            or shown.file_key = styles.defined_in_file_key
            or not coalesce(libraries.is_loaded, false)
        )
    group by
        shown.style_key,
        shown.color,
        shown.font_family,
        shown.font_size,
        shown.font_weight
)

select
    ranked.style_key,
    ranked.color,
    ranked.font_family,
    ranked.font_size,
    ranked.font_weight,
    coalesce(
        ranked.color,
        {{ font('ranked.font_family', 'ranked.font_size', 'ranked.font_weight') }}
    ) as style_value
from ranked
where
    ranked.choice = 1
    and coalesce(ranked.color, ranked.font_family) is not null
