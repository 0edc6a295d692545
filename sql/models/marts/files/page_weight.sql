-- nodes are counted with the page itself, so that the pages of a file add up to its nodes without the document. A
-- hidden node inside a hidden layer is in hidden_nodes only, so that hidden_nodes and nodes_in_hidden add up to what
-- nobody sees. The change since four weeks ago is left out: no table keeps the pages of past states of a file
select
    weights.file_key,
    weights.page_id,
    weights.page_name,
    weights.position,
    files.file_name,
    files.folder_id,
    files.folder_path,
    files.team_id,
    files.team_name,
    cast(weights.nodes as bigint) as nodes,
    cast(weights.nodes as double precision)
    / sum(weights.nodes) over (partition by weights.file_key) as share_of_file,
    weights.hidden_nodes,
    weights.nodes_in_hidden,
    weights.instances,
    weights.nodes_in_instances,
    weights.text_nodes,
    weights.vector_nodes,
    weights.component_definitions,
    cast(weights.variants as bigint) as variants,
    weights.image_references,
    weights.images,
    cast(weights.deepest_level as bigint) as deepest_level,
    weights.heaviest_layer_name,
    cast(weights.heaviest_layer_nodes as bigint) as heaviest_layer_nodes,
    {{ figma_url('weights.file_key', 'weights.heaviest_layer_id') }} as heaviest_layer_url,
    {{ figma_url('weights.file_key', 'weights.page_id') }} as figma_url
from {{ ref('int_page_weights') }} as weights
inner join {{ ref('int_files') }} as files
    on weights.file_key = files.file_key
