-- Figma lists a binding at several places: at the node, at its paint, and at the parts of a text or vector. All of them
-- are one property of the node: the fills, the strokes, the font size, one corner, ...
with named as (
    select
        node_variables.file_key,
        node_variables.node_id,
        node_variables.property,
        node_variables.variable_id,
        node_variables.variable_key,
        regexp_replace(
            node_variables.property, '^(style|(styleOverrideTable|fillOverrideTable)/[^/]+)/', ''
        ) as place
    from {{ source('figma', 'node_variables') }} as node_variables
),

rooted as (
    select
        named.file_key,
        named.node_id,
        named.property,
        named.variable_id,
        named.variable_key,
        named.place,
        split_part(named.place, '/', 1) as root
    from named
)

select
    rooted.file_key,
    rooted.node_id,
    rooted.property,
    rooted.variable_id,
    rooted.variable_key,
    case
        when rooted.root in ('rectangleCornerRadii', 'individualStrokeWeights', 'size', 'componentProperties')
            then rooted.root || '/' || split_part(rooted.place, '/', 2)
        when rooted.root = 'textRangeFills' then 'fills'
        else rooted.root
    end as bound_property,
    case
        when rooted.root in ('fills', 'textRangeFills') then 'fill'
        when rooted.root = 'strokes' then 'stroke'
        when rooted.root in ('fontFamily', 'fontSize', 'fontStyle', 'fontWeight') then 'text'
        when rooted.root in ('lineHeight', 'letterSpacing', 'paragraphSpacing', 'paragraphIndent') then 'text'
        when rooted.root in ('cornerRadius', 'rectangleCornerRadii') then 'radius'
        when rooted.root in ('topLeftRadius', 'topRightRadius', 'bottomLeftRadius', 'bottomRightRadius') then 'radius'
        when rooted.root in ('paddingLeft', 'paddingRight', 'paddingTop', 'paddingBottom') then 'spacing'
        when rooted.root in ('itemSpacing', 'counterAxisSpacing', 'gridRowGap', 'gridColumnGap') then 'spacing'
        when rooted.root in ('strokeWeight', 'individualStrokeWeights') then 'stroke_weight'
        when rooted.root = 'effects' then 'effect'
        when rooted.root = 'opacity' then 'opacity'
        when rooted.root in ('size', 'width', 'height') then 'size'
        when rooted.root in ('minWidth', 'maxWidth', 'minHeight', 'maxHeight') then 'size'
        when rooted.root = 'visible' then 'visibility'
        when rooted.root = 'characters' then 'characters'
        when rooted.root = 'componentProperties' then 'property'
        when rooted.root = 'layoutGrids' then 'grid'
        else 'other'
    end as slot_kind
from rooted
