select
    image_fills.file_key,
    image_fills.image_ref,
    image_fills.sha256,
    image_fills.format as image_format,
    image_fills.sha256 || '.' || image_fills.format as asset_name,
    image_fills.bytes as image_bytes,
    image_fills.width,
    image_fills.height,
    image_fills.rendered_at,
    image_fills.sha256 is not null as is_pictured
from {{ source('figma', 'image_fills') }} as image_fills
