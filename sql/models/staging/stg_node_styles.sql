-- Figma names one style twice for some nodes (fill and fills), and names the style of a text again for each range that
-- keeps it; both are one reference
with named as (
    select
        node_styles.file_key,
        node_styles.node_id,
        node_styles.style_id,
        nullif(node_styles.style_key, '') as style_key,
        coalesce(node_styles.is_shown, true) as is_shown,
        case
            when node_styles.slot in ('fills', 'strokes', 'texts', 'effects', 'grids')
                then substr(node_styles.slot, 1, length(node_styles.slot) - 1)
            else node_styles.slot
        end as slot
    from {{ source('figma', 'node_styles') }} as node_styles
)

select
    named.file_key,
    named.node_id,
    min(named.slot) as slot,
    named.style_id,
    max(named.style_key) as style_key
from named
group by
    named.file_key,
    named.node_id,
    -- "fill" sorts before "fill_range"
    replace(named.slot, '_range', ''),
    named.style_id
having bool_or(named.is_shown)
