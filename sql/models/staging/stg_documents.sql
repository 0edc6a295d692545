select
    documents.file_key,
    documents.name as document_name,
    documents.version,
    documents.last_modified_at,
    documents.listed_modified_at,
    documents.loaded_at,
    documents.run_id,
    documents.bytes,
    documents.node_count,
    documents.content_hash,
    documents.editor_type,
    documents.parts,
    documents.last_version,
    documents.flattening,
    documents.plugin_namespaces
from {{ source('figma', 'documents') }} as documents
