select
    library_variable_usages.library_file_key,
    library_variable_usages.variable_key,
    library_variable_usages.variable_name,
    library_variable_usages.variable_type,
    library_variable_usages.collection_key,
    library_variable_usages.collection_name,
    library_variable_usages.usages as figma_usages,
    library_variable_usages.teams_using as figma_teams_using,
    library_variable_usages.files_using as figma_files_using,
    library_variable_usages.fetched_at
from {{ source('figma', 'library_variable_usages') }} as library_variable_usages
