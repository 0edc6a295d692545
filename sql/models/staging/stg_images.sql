select
    images.file_key,
    images.node_id,
    images.kind,
    images.sha256,
    images.format as image_format,
    images.sha256 || '.' || images.format as asset_name,
    images.bytes as image_bytes,
    images.width,
    images.height,
    images.scale,
    images.wanted_scale,
    images.version,
    images.last_modified_at,
    images.published_at,
    images.content_hash,
    images.rendered_at,
    images.sha256 is not null as is_pictured
from {{ source('figma', 'images') }} as images
