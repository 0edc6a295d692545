select
    library_usages.library_file_key,
    library_usages.component_key,
    library_usages.component_name,
    library_usages.component_set_key,
    library_usages.component_set_name,
    library_usages.usages as figma_usages,
    library_usages.teams_using as figma_teams_using,
    library_usages.files_using as figma_files_using,
    library_usages.fetched_at
from {{ source('figma', 'library_usages') }} as library_usages
