select
    teams.team_id,
    teams.name as team_name,
    teams.last_seen_at
from {{ source('figma', 'teams') }} as teams
