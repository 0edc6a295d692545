select
    library_style_usages.library_file_key,
    library_style_usages.style_key,
    library_style_usages.style_name,
    library_style_usages.style_type,
    library_style_usages.usages as figma_usages,
    library_style_usages.teams_using as figma_teams_using,
    library_style_usages.files_using as figma_files_using,
    library_style_usages.fetched_at
from {{ source('figma', 'library_style_usages') }} as library_style_usages
