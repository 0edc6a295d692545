select
    outcomes.run_id,
    outcomes.resource,
    outcomes.item_id,
    outcomes.file_key,
    outcomes.name as item_name,
    outcomes.status,
    outcomes.reason,
    outcomes.http_status,
    outcomes.detail,
    outcomes.retry_at,
    outcomes.last_modified_at,
    outcomes.finished_at
from {{ source('figma', 'outcomes') }} as outcomes
