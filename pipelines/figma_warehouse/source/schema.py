"""The raw tables of the warehouse: grain, columns and the meaning of each column.

Columns are described only here. The Arrow schemas of the resources, the comments in the database and the text of
`docs/tables.md` are generated from it. Times are UTC, lengths are canvas pixels, colors are `#rrggbbaa`.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pyarrow as pa

TOMBSTONE = "is_tombstone"
TIME = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True)
class Table:
    """One raw table. `key` is its grain. A load replaces all rows with the same `replaced_by`, else upserts by `key`.

    If one load has several rows with the same key, the row whose `prefers` column is set is stored.
    """

    name: str
    description: str
    key: tuple[str, ...]
    schema: pa.Schema
    replaced_by: str | None = None
    prefers: str | None = None

    @property
    def has_tombstones(self) -> bool:
        """Tell whether a load can delete rows of the table."""
        return TOMBSTONE in self.schema.names

    def describe(self, column: str) -> str:
        """Return the description of one column."""
        return str(self.schema.field(column).metadata[b"description"].decode())

    def empty(self) -> pa.Table:
        """Return the table with all its columns and no rows."""
        return self.schema.empty_table()


def _field(name: str, type_: pa.DataType, description: str, *, nullable: bool = True) -> pa.Field:
    return pa.field(name, type_, nullable=nullable, metadata={"description": description})


def _key(name: str, description: str) -> pa.Field:
    return _field(name, pa.string(), description, nullable=False)


def _key_time(name: str, description: str) -> pa.Field:
    return _field(name, TIME, description, nullable=False)


def _key_count(name: str, description: str) -> pa.Field:
    return _field(name, pa.int32(), description, nullable=False)


def _text(name: str, description: str) -> pa.Field:
    return _field(name, pa.string(), description)


def _count(name: str, description: str) -> pa.Field:
    return _field(name, pa.int32(), description)


def _big(name: str, description: str) -> pa.Field:
    return _field(name, pa.int64(), description)


def _number(name: str, description: str) -> pa.Field:
    return _field(name, pa.float64(), description)


def _flag(name: str, description: str) -> pa.Field:
    return _field(name, pa.bool_(), description)


def _time(name: str, description: str) -> pa.Field:
    return _field(name, TIME, description)


FILE_KEY = _key("file_key", "Key of the file, as in its URL; a branch has its own key")
NODE_ID = _key(
    "node_id",
    "Id of the node, unique only within its file; a copy inside an instance has the id I<instance>;<original>",
)
TOMBSTONE_FIELD = _flag(
    TOMBSTONE,
    "Set only during a load, to say that the file has no rows in this table, or that the row with this key is deleted; "
    "no stored row has it",
)

DOCUMENTATION_URL = _text(
    "documentation_url",
    "First link to its documentation; null if there is none, and in documents that an earlier version read",
)

SNAPSHOT_KEY = (
    FILE_KEY,
    _key("version", "Version id of the loaded state of the file"),
    _key_time(
        "last_modified_at",
        "Last edit of the file in that state; an edit can change this time without changing the version",
    ),
)

USAGE_COUNTS = (
    _count("instances", "All instances of the component in the file"),
    _count("direct", "Instances that a designer placed: outside definitions and not inside another instance"),
    _count("nested", "Instances that came along inside another instance, outside definitions"),
    _count("in_definitions", "Instances inside a component or component set: composition, not usage"),
    _count("hidden", "Usages that are not visible, because the instance or an ancestor is hidden"),
    _count("usages", "direct + nested, visible or not"),
    _count(
        "direct_visible",
        "Direct instances that are effectively visible; they are placements if the file is not the library file",
    ),
)

PUBLISHED = (
    _text("file_key", "Key of the library file that publishes it"),
    _text("node_id", "Id of its node in the library file"),
    _text("team_id", "Id of the team whose listing shows it; null if the listing of a configured file shows it"),
    _text("name", "Name as published"),
    _text("description", "Description as published"),
)

PUBLISHED_TIMES = (
    _time("created_at", "Time of the first publication, as Figma reports it"),
    _time("updated_at", "Time of the last publication with a change"),
    _text("user_id", "Id of the person who last published it"),
    _text("user_handle", "Name of the person who last published it"),
    _time("first_seen_at", "Time at which a load first saw it in the published list"),
    _time("last_seen_at", "Time at which a load last saw it in the published list"),
    _time(
        "removed_at",
        "Time at which a load first missed it in a complete published list; null while it is published",
    ),
)

CONTAINING_FRAME = (
    _text("containing_page_id", "Id of the page of the library file that contains it"),
    _text("containing_page_name", "Name of that page"),
    _text("containing_frame_id", "Id of the top-level frame that contains it; null if there is none"),
    _text("containing_frame_name", "Name of that frame"),
)

ASSET = (
    _text("sha256", "SHA-256 of the stored file assets/<sha256>.<format>; null if Figma has no picture"),
    _text("format", "png, jpg, svg, pdf, gif or webp, detected from the bytes; also the extension of the stored file"),
    _big("bytes", "Size of the stored file, bytes"),
    _count("width", "Width of the picture, px; null for a pdf, and for an svg without a size"),
    _count("height", "Height of the picture, px; null for a pdf, and for an svg without a size"),
)


def _table(
    name: str,
    description: str,
    key: tuple[str, ...],
    *fields: pa.Field,
    by: str | None = None,
    prefers: str | None = None,
    deletes: bool = False,
) -> Table:
    tombstone = (TOMBSTONE_FIELD,) if by or deletes else ()
    return Table(name, description, key, pa.schema([*fields, *tombstone]), by, prefers)


_TABLES = (
    _table(
        "teams",
        "One row per configured team",
        ("team_id",),
        _key("team_id", "Id of the team, as in its URL"),
        _text("name", "Name of the team"),
        _time("last_seen_at", "Time at which a load last listed it"),
    ),
    _table(
        "folders",
        "One row per folder of a team. Folders nest; a project of the older API is a top-level folder",
        ("folder_id",),
        _key("folder_id", "Id of the folder or project"),
        _text("team_id", "Id of the team that it belongs to; null for a folder that is configured by itself"),
        _text("parent_folder_id", "Id of the folder that contains it; null for a top-level folder"),
        _text("name", "Name of the folder"),
        _text("path", "Names of the folders from the top folder down to this one, joined by ' / '"),
        _time("last_seen_at", "Time at which a load last listed it"),
        _time("removed_at", "Time at which a load first missed it in a complete listing; null while it is listed"),
    ),
    _table(
        "files",
        "One row per file or branch that was ever listed",
        ("file_key",),
        FILE_KEY,
        _text("name", "Name in the listing"),
        _text("team_id", "Id of the team that last listed it"),
        _text("folder_id", "Id of the folder that last listed it; null for a file that is configured by itself"),
        _text("main_file_key", "For a branch, the key of its main file; null for a main file"),
        _time(
            "last_modified_at",
            "Last edit according to the listing, or to the metadata for a file that is configured by itself",
        ),
        _text(
            "version",
            "Version according to the metadata of the file; null if only a listing was read, because listings have "
            "no version",
        ),
        _time("first_seen_at", "Time at which a load first saw it"),
        _time("last_seen_at", "Time at which a load last saw it"),
        _time(
            "removed_at",
            "Time at which a request for the file confirmed that it is removed, or from which the settings exclude "
            "it; otherwise null",
        ),
        # if a branch is configured by its key, only its document shows that it is a branch
        prefers="main_file_key",
    ),
    _table(
        "documents",
        "One row per file whose content is loaded: the state of the file that the node tables contain",
        ("file_key",),
        FILE_KEY,
        _text("name", "Name in the document"),
        _text("version", "Version id that is loaded"),
        _time("last_modified_at", "Last edit according to the document"),
        _time(
            "listed_modified_at",
            "Last edit according to the listing that led to this load; compared with the next listing",
        ),
        _time("loaded_at", "Time at which the document was read"),
        _text("run_id", "Id of the run that read it"),
        _big("bytes", "Uncompressed size of the JSON document, or of all its parts, bytes"),
        _count("node_count", "Nodes of all types, DOCUMENT and CANVAS included"),
        _text("content_hash", "Hash of all stored content; content with an equal hash is not written again"),
        _text("editor_type", "figma, figjam, ...; null in answers from before 2021"),
        _count("parts", "Number of answers that make up the document; 1 if it came in one piece"),
        _text(
            "last_version",
            "Version of the newest part if the file changed while its parts were read, so that its rows mix this "
            "version and version; otherwise null",
        ),
        _count(
            "flattening",
            "Version of the code that made the rows of the file from its document; null for a version that did not "
            "record it. Rows of an earlier version can lack what a later one stores",
        ),
        _text(
            "plugin_namespaces",
            "Namespaces of shared plugin data that were requested with the document, separated by commas; null if none",
        ),
        by="file_key",
    ),
    _table(
        "nodes",
        "One row per node of each loaded file, in its loaded state",
        ("file_key", "node_id"),
        FILE_KEY,
        NODE_ID,
        _text("parent_id", "Id of the parent node; null for the DOCUMENT"),
        _text("page_id", "Id of the CANVAS that contains it (its own id for a CANVAS); null for the DOCUMENT"),
        _key_count("position", "Index among its siblings, from 0, bottom layer first"),
        _key_count("preorder", "Index in the document, depth first, from 0"),
        _key_count(
            "descendant_count",
            "Nodes below it; its subtree has the preorders preorder .. preorder + descendant_count",
        ),
        _key_count("depth", "Number of ancestors; 0 for the DOCUMENT, 1 for pages"),
        _key("type", "Node type as Figma sends it; new types pass through"),
        _text("name", "Layer name"),
        _flag("is_visible", "True if the layer itself is not hidden"),
        _flag("is_effectively_visible", "True if it and all its ancestors are visible"),
        _flag("is_locked", "True if the layer is locked"),
        _text("component_id", "INSTANCE: id of its component in this file's component map"),
        _text("component_key", "INSTANCE: key of its component; null if the map has no such component"),
        _text(
            "component_set_key",
            "INSTANCE: key of the component set of its component; null if the component is not a variant",
        ),
        _text("instance_id", "Id of the nearest INSTANCE ancestor"),
        _key_count("instance_depth", "Number of INSTANCE ancestors"),
        _text("source_node_id", "For a copy inside an instance, the last segment of its id: the node that it copies"),
        _text("definition_id", "Id of the nearest COMPONENT or COMPONENT_SET at or above it"),
        _text("section_id", "Id of the nearest SECTION above it"),
        _number("x", "Left edge of the layer's box on the canvas, px"),
        _number("y", "Top edge of the layer's box on the canvas, px"),
        _number("width", "Width of the layer's box, px"),
        _number("height", "Height of the layer's box, px"),
        _number(
            "render_x", "Left edge of the rendered area (shadows and strokes included), px; null if nothing is rendered"
        ),
        _number("render_y", "Top edge of the rendered area, px"),
        _number("render_width", "Width of the rendered area, px"),
        _number("render_height", "Height of the rendered area, px"),
        _number("rotation", "Rotation as Figma sends it; Figma does not document the unit"),
        _number("opacity", "Layer opacity 0..1; 1 if Figma does not send it"),
        _text("blend_mode", "Blend mode (PASS_THROUGH, NORMAL, ...)"),
        _text("layout_mode", "Auto layout direction: NONE, HORIZONTAL, VERTICAL, GRID; null if Figma does not send it"),
        _text("layout_wrap", "Auto layout wrapping: NO_WRAP, WRAP"),
        _text("layout_sizing_horizontal", "FIXED, HUG or FILL"),
        _text("layout_sizing_vertical", "FIXED, HUG or FILL"),
        _text("primary_axis_sizing_mode", "Auto layout sizing along its direction: FIXED, AUTO; null if it is AUTO"),
        _text("counter_axis_sizing_mode", "Auto layout sizing across its direction: FIXED, AUTO; null if it is AUTO"),
        _text("primary_axis_align", "Auto layout alignment along its direction"),
        _text("counter_axis_align", "Auto layout alignment across its direction"),
        _number("padding_left", "Auto layout padding, px"),
        _number("padding_right", "Auto layout padding, px"),
        _number("padding_top", "Auto layout padding, px"),
        _number("padding_bottom", "Auto layout padding, px"),
        _number("item_spacing", "Auto layout gap between children, px; may be negative"),
        _number("counter_axis_spacing", "Auto layout gap between wrapped tracks, px"),
        _number("layout_grow", "1 if it stretches along the direction of its parent"),
        _text("layout_align", "Alignment across the direction of its parent"),
        _text("layout_positioning", "ABSOLUTE if it is excluded from the auto layout of its parent"),
        _number("min_width", "Minimum width in auto layout, px; null if Figma does not send one"),
        _number("max_width", "Maximum width in auto layout, px; null if Figma does not send one"),
        _number("min_height", "Minimum height in auto layout, px; null if Figma does not send one"),
        _number("max_height", "Maximum height in auto layout, px; null if Figma does not send one"),
        _text("constraint_horizontal", "Horizontal constraint relative to its frame"),
        _text("constraint_vertical", "Vertical constraint relative to its frame"),
        _flag("clips_content", "True if it hides what lies outside of its box; null for layers that cannot"),
        _text("scroll_behavior", "What it does if its frame scrolls: SCROLLS, FIXED, STICKY_SCROLLS"),
        _flag(
            "is_fixed",
            "True if Figma's older field isFixed says that it stays in place while its frame scrolls; null for rows "
            "from before this column existed",
        ),
        _number("corner_radius", "Corner radius, px, if all corners have the same one"),
        *(
            _number(
                f"corner_radius_{corner}",
                f"Radius of its {corner.replace('_', ' ')} corner, px; null if Figma sends no radii by corner",
            )
            for corner in ("top_left", "top_right", "bottom_right", "bottom_left")
        ),
        _number("stroke_weight", "Stroke weight, px"),
        *(
            _number(
                f"stroke_weight_{side}",
                f"Stroke weight at its {side} side, px; null if all sides have the same one",
            )
            for side in ("top", "right", "bottom", "left")
        ),
        _text("stroke_align", "INSIDE, OUTSIDE or CENTER"),
        _key_count("fill_count", "Number of fills, hidden ones included"),
        _key_count("stroke_count", "Number of strokes, hidden ones included"),
        _key_count("effect_count", "Number of effects, hidden ones included"),
        _key_count("child_count", "Number of direct children"),
        _text("characters", "Text of a TEXT node, sticky note, shape or table cell"),
        _text("font_family", "TEXT: font family of its base style"),
        _number("font_size", "TEXT: font size of its base style, px"),
        _number("font_weight", "TEXT: font weight of its base style"),
        _number("line_height_px", "TEXT: line height of its base style, px"),
        _number("letter_spacing", "TEXT: letter spacing of its base style, px"),
        _flag("has_mixed_styles", "TEXT: true if some characters deviate from the base style"),
        _flag("is_mask", "True if it masks the siblings above it"),
        _text("dev_status", "Dev Mode status: READY_FOR_DEV, COMPLETED; null if it has none"),
        _key_count("prototype_target_count", "Number of its prototype actions that lead to another node"),
        _key_count("export_setting_count", "Number of its export settings"),
        by="file_key",
    ),
    _table(
        "node_styles",
        "One row per reference from a node to a style",
        ("file_key", "node_id", "slot", "style_id"),
        FILE_KEY,
        NODE_ID,
        _key(
            "slot",
            "fill, stroke, text, effect, grid, ... as Figma sends it; text_range and fill_range for parts of a text "
            "or vector",
        ),
        _key("style_id", "Id of the style in the style map of this file"),
        _text("style_key", "Key of the style; null if the map has no such style"),
        _flag(
            "is_shown",
            "False if no character of a text shows the style, because its parts have other styles; null for rows from "
            "before this column existed",
        ),
        by="file_key",
    ),
    _table(
        "node_paints",
        "One row per fill or stroke of a node",
        ("file_key", "node_id", "role", "position"),
        FILE_KEY,
        NODE_ID,
        _key("role", "fill or stroke"),
        _key_count("position", "Index among the node's fills or strokes, from 0, bottom first"),
        _text("type", "SOLID, GRADIENT_LINEAR, IMAGE, ... as Figma sends it"),
        _text("color", "SOLID: #rrggbbaa, each channel rounded to 8 bits"),
        _number("opacity", "Opacity of the paint 0..1; 1 if Figma does not send it"),
        _flag("is_visible", "True if the paint itself is not hidden"),
        _text("image_ref", "IMAGE: reference of the image"),
        _text("variable_id", "Id of the variable that is bound to the color"),
        by="file_key",
    ),
    _table(
        "node_variables",
        "One row per variable that is bound to a property of a node, at whatever depth Figma nests it. Figma names the "
        "variable of a solid paint twice, at the node (fills/0) and at the paint (fills/0/color); "
        "node_paints.variable_id has it once",
        ("file_key", "node_id", "property"),
        FILE_KEY,
        NODE_ID,
        _key("property", "Path of the bound property: opacity, fills/0, size/x, componentProperties/Label, ..."),
        _text("variable_id", "Id of the variable in this file"),
        _text("variable_key", "Key of a remote variable, taken from its id; null for a local variable"),
        by="file_key",
    ),
    _table(
        "node_plugin_data",
        "One row per node and entry of shared plugin data in a namespace of shared_plugin_data; empty without that "
        "setting",
        ("file_key", "node_id", "namespace", "entry_key"),
        FILE_KEY,
        NODE_ID,
        _key("namespace", "Namespace, which a plugin chooses; tokens is that of Tokens Studio"),
        _key("entry_key", "Key of the entry in its namespace"),
        _text("value", "Value as the plugin wrote it, at most its first 2,000 characters"),
        _count("value_length", "Characters of the whole value; more than value has if it was cut"),
        _count("node_entries", "Entries of the node in these namespaces; only the first 200 have rows, in their order"),
        by="file_key",
    ),
    _table(
        "node_properties",
        "One row per component property that an INSTANCE has, or that a COMPONENT or COMPONENT_SET declares",
        ("file_key", "node_id", "name"),
        FILE_KEY,
        NODE_ID,
        _key("name", "Name of the property as Figma sends it; all names but those of variant properties end in #id"),
        _text("type", "VARIANT, BOOLEAN, TEXT, INSTANCE_SWAP, SLOT, ..."),
        _text("value", "Value, or default value, as text; for INSTANCE_SWAP, the id of a component in this file"),
        by="file_key",
    ),
    _table(
        "node_overrides",
        "One row per field that an INSTANCE overrides, in itself or in a layer inside it",
        ("file_key", "node_id", "target_node_id", "field"),
        FILE_KEY,
        NODE_ID,
        _key("target_node_id", "Id of the layer whose field is overridden: the instance itself or a layer inside it"),
        _key("field", "Name of the overridden field"),
        by="file_key",
    ),
    _table(
        "text_ranges",
        "One row per look and fill of a text or vector whose parts differ. A look is a font with a text style and with "
        "fills; of a text, only looks that characters show are here. Nodes of one look have no rows: nodes and "
        "node_paints describe them",
        ("file_key", "node_id", "look", "position"),
        FILE_KEY,
        NODE_ID,
        _key_count(
            "look",
            "Lowest id of the overrides that give this look, as in Figma's styleOverrideTable or fillOverrideTable; "
            "0 for the base style of the node",
        ),
        _key_count("position", "Index among the fills of the look, from 0, bottom first; 0 if it has no fill"),
        _count("characters", "Characters that show the look; null for a vector"),
        _text("font_family", "Font family of the look"),
        _number("font_size", "Font size of the look, px"),
        _number("font_weight", "Font weight of the look"),
        _text("font_family_variable_id", "Id of the variable that gives the font family"),
        _text("font_size_variable_id", "Id of the variable that gives the font size"),
        _text("text_style_id", "Id of the text style of the look in the style map of this file"),
        _text("text_style_key", "Key of that style; null if the map has no such style"),
        _text("fill_style_id", "Id of the fill style of the look in the style map of this file"),
        _text("fill_style_key", "Key of that style; null if the map has no such style"),
        _text("type", "SOLID, GRADIENT_LINEAR, IMAGE, ... as Figma sends it; null if the look has no fill"),
        _text("color", "SOLID: #rrggbbaa, each channel rounded to 8 bits"),
        _number("opacity", "Opacity of the paint 0..1; 1 if Figma does not send it"),
        _flag("is_visible", "True if the paint itself is not hidden"),
        _text("image_ref", "IMAGE: reference of the image"),
        _text("variable_id", "Id of the variable that is bound to the color"),
        by="file_key",
    ),
    _table(
        "node_effects",
        "One row per effect of a node: shadow, blur, ...",
        ("file_key", "node_id", "position"),
        FILE_KEY,
        NODE_ID,
        _key_count("position", "Index among the node's effects, from 0"),
        _text("type", "DROP_SHADOW, INNER_SHADOW, LAYER_BLUR, BACKGROUND_BLUR, ... as Figma sends it"),
        _flag("is_visible", "True if the effect itself is not hidden"),
        _number("radius", "Radius of the blur, px; shadows have one too"),
        _number("offset_x", "Shadow: distance to the right, px"),
        _number("offset_y", "Shadow: distance downwards, px"),
        _number("spread", "Shadow: px by which it is larger than the layer; null stands for 0"),
        _text("color", "Shadow: #rrggbbaa, each channel rounded to 8 bits"),
        _text("blend_mode", "Shadow: blend mode"),
        _text(
            "variable_id",
            "Id of a variable that is bound to it: that of the color, otherwise of radius, spread or offset. "
            "node_variables has all of them",
        ),
        by="file_key",
    ),
    _table(
        "node_modes",
        "One row per variable collection for which a node sets the mode of itself and of what is inside it",
        ("file_key", "node_id", "collection_id"),
        FILE_KEY,
        NODE_ID,
        _key("collection_id", "Id of the variable collection in this file"),
        _text("mode_id", "Id of the mode of that collection"),
        by="file_key",
    ),
    _table(
        "file_components",
        "One row per component that a file defines or uses, from the component map of its document",
        ("file_key", "node_id"),
        FILE_KEY,
        _key(
            "node_id",
            "Id of the component in this file; for a remote component, the id of a copy that no page shows",
        ),
        _text("component_key", "Key, the same in every file"),
        _text("name", "Name; the name of a variant lists its property values"),
        _text("description", "Description"),
        _flag("is_remote", "True if it comes from another file; null in answers from before 2022"),
        _text("component_set_id", "Id of its component set in this file; null if it is not a variant"),
        _text("component_set_key", "Key of its component set; null if it is not a variant"),
        DOCUMENTATION_URL,
        by="file_key",
    ),
    _table(
        "file_component_sets",
        "One row per component set that a file defines or uses, from the component set map of its document",
        ("file_key", "node_id"),
        FILE_KEY,
        _key("node_id", "Id of the component set in this file"),
        _text("component_set_key", "Key, the same in every file"),
        _text("name", "Name"),
        _text("description", "Description"),
        _flag("is_remote", "True if it comes from another file; null if Figma does not send it"),
        DOCUMENTATION_URL,
        by="file_key",
    ),
    _table(
        "file_styles",
        "One row per style that a file defines or uses, from the style map of its document",
        ("file_key", "node_id"),
        FILE_KEY,
        _key("node_id", "Id of the style in this file"),
        _text("style_key", "Key, the same in every file"),
        _text("name", "Name"),
        _text("description", "Description"),
        _text("style_type", "FILL, TEXT, EFFECT or GRID"),
        _flag("is_remote", "True if it comes from another file; null in answers from before 2022"),
        by="file_key",
    ),
    _table(
        "components",
        "One row per component that was ever seen published",
        ("component_key",),
        _key("component_key", "Key, the same in every file"),
        *PUBLISHED,
        *CONTAINING_FRAME,
        _text("component_set_node_id", "For a variant, the node id of its component set in the library file"),
        *PUBLISHED_TIMES,
    ),
    _table(
        "component_sets",
        "One row per component set that was ever seen published",
        ("component_set_key",),
        _key("component_set_key", "Key, the same in every file"),
        *PUBLISHED,
        *CONTAINING_FRAME,
        *PUBLISHED_TIMES,
    ),
    _table(
        "styles",
        "One row per style that was ever seen published",
        ("style_key",),
        _key("style_key", "Key, the same in every file"),
        *PUBLISHED,
        _text("style_type", "FILL, TEXT, EFFECT or GRID"),
        _text("sort_position", "Sort key that gives the styles of a file Figma's own order"),
        *PUBLISHED_TIMES,
    ),
    _table(
        "key_lookups",
        "One row per key in use that no published list had, with the answer of Figma to the request for that key",
        ("kind", "item_key"),
        _key("kind", "component, component_set or style"),
        _key("item_key", "Key, the same in every file"),
        _text(
            "status",
            "found: a library that no list of the load has publishes it. missing: nothing with this key is published, "
            "or the token may not see it; it is requested again after a week",
        ),
        _text("library_file_key", "Key of the library file that publishes it; null if it is missing"),
        _text("team_id", "Id of the team of that file, if Figma names it"),
        _text("node_id", "Id of its node in that file"),
        _text("name", "Name as published"),
        _text("description", "Description as published"),
        _text("style_type", "For a style: FILL, TEXT, EFFECT or GRID"),
        *CONTAINING_FRAME,
        _text("component_set_node_id", "For a variant, the node id of its component set in that file"),
        _text("component_set_name", "For a variant, the name of that component set"),
        _time("looked_up_at", "Time of the answer"),
    ),
    _table(
        "variables",
        "One row per file and variable: those that the file defines, and copies of the variables of libraries that it "
        "uses, as of the publication that the file has",
        ("file_key", "variable_id"),
        FILE_KEY,
        _key(
            "variable_id",
            "Id of the variable in this file: VariableID:<id>, or VariableID:<key>/<id> for a copy, as in bindings",
        ),
        _text("variable_key", "Key, the same in every file"),
        _text("collection_id", "Id of its collection in this file"),
        _text("name", "Name, its groups separated by /"),
        _text("description", "Description"),
        _text("resolved_type", "COLOR, FLOAT, STRING or BOOLEAN"),
        _flag("is_remote", "True for a copy of the variable of a library"),
        _flag("is_hidden_from_publishing", "True if a publication of the file leaves it out; true for a copy"),
        _flag("is_deleted", "True if it is deleted, and the document may still refer to it"),
        _text("scopes", "The properties that offer it (ALL_SCOPES, GAP, TEXT_FILL, ...), sorted, separated by commas"),
        _text("code_syntax_web", "Its name in code for the web"),
        _text("code_syntax_android", "Its name in code for Android"),
        _text("code_syntax_ios", "Its name in code for iOS"),
        _text(
            "subscribed_id",
            "Id under which other files bind it since its last publication; null if the file does not publish it",
        ),
        _time("published_at", "Time of the last publication that changed it; null if the file does not publish it"),
        _time("fetched_at", "Time of the answer"),
        by="file_key",
    ),
    _table(
        "variable_collections",
        "One row per file and variable collection: those that the file defines, and copies of those of libraries",
        ("file_key", "collection_id"),
        FILE_KEY,
        _key("collection_id", "Id of the collection in this file, as in node_modes"),
        _text("collection_key", "Key, the same in every file"),
        _text("name", "Name"),
        _text("default_mode_id", "Id of its default mode"),
        _text("parent_collection_id", "Id of the collection that it extends; null if it extends none"),
        _flag("is_remote", "True for a copy of the collection of a library"),
        _flag("is_hidden_from_publishing", "True if a publication of the file leaves it out; true for a copy"),
        _text("subscribed_id", "Id under which other files know it; null if the file does not publish it"),
        _time("published_at", "Time of its last publication; null if the file does not publish it"),
        by="file_key",
    ),
    _table(
        "variable_modes",
        "One row per mode of a variable collection",
        ("file_key", "collection_id", "mode_id"),
        FILE_KEY,
        _key("collection_id", "Id of the collection in this file"),
        _key("mode_id", "Id of the mode, as in node_modes"),
        _text("name", "Name"),
        _count("position", "Index in the collection, from 0"),
        _text("parent_mode_id", "Id of the mode of the extended collection that it extends; null if there is none"),
        by="file_key",
    ),
    _table(
        "variable_values",
        "One row per variable and mode with a value: one of its collection, or an override of a collection that "
        "extends it",
        ("file_key", "variable_id", "collection_id", "mode_id"),
        FILE_KEY,
        _key("variable_id", "Id of the variable in this file"),
        _key("collection_id", "Id of the collection of the mode"),
        _key("mode_id", "Id of the mode"),
        _text("value", "The value as text: #rrggbbaa, a number, a text, true or false; null if a variable gives it"),
        _text("alias_id", "Id in this file of the variable that gives the value; null if none does"),
        _number("opacity", "Opacity of a color that is composed of a color and an opacity; null if it is not"),
        _text("opacity_alias_id", "Id in this file of the variable that gives that opacity; null if none does"),
        by="file_key",
    ),
    _table(
        "token_values",
        "One row per file of variable_names, token and mode",
        ("tokens_file", "position"),
        _key("tokens_file", "Path of the file, as in the setting"),
        _key_count("position", "Index of the row among those of all files, from 0"),
        _text("name", "Name, its groups separated by /"),
        _text("description", "Description"),
        _text("resolved_type", "COLOR, FLOAT, STRING or BOOLEAN; null for a type that no variable has"),
        _text("collection_name", "Name of the collection, from the file or its name; null if neither has it"),
        _text(
            "mode_name",
            "Name of the mode, from the file or its name; null if only the alias of another token names the variable",
        ),
        _flag(
            "is_default_mode",
            "True in one row of each variable: for the default mode, or if no file names it, the first mode",
        ),
        _text("variable_key", "Key of the variable that the token stands for; null if the file does not give it"),
        _text("file_key", "Key of the Figma file that defines the variable; null if neither file nor setting gives it"),
        _text("variable_id", "Id of the variable in that file; null with it"),
        _text("value", "The value as text, as in variable_values; null if another token gives it"),
        _text("alias_name", "Name of the token that gives the value; null if none does"),
        _text("alias_key", "Key of the variable of that token; null if no file gives it"),
        by="tokens_file",
    ),
    _table(
        "library_usages",
        "One row per library file and component that Figma's library analytics count, with the latest figures",
        ("library_file_key", "component_key"),
        _key("library_file_key", "Key of the library file whose analytics these are"),
        _key("component_key", "Key of the component, the same in every file"),
        _text("component_name", "Name according to the analytics; the name of a variant lists its property values"),
        _text("component_set_key", "Key of its component set; null if it is not a variant"),
        _text("component_set_name", "Name of that component set"),
        _big(
            "usages",
            "Instances in the whole organisation as Figma counts them, in files that the token cannot read too",
        ),
        _big("teams_using", "Teams of the whole organisation that use it, as Figma counts them"),
        _big("files_using", "Files of the whole organisation that use it, as Figma counts them"),
        _time("fetched_at", "Time at which the figures were read; Figma updates them each day at 00:00 UTC"),
        by="library_file_key",
    ),
    _table(
        "library_style_usages",
        "One row per library file and style that Figma's library analytics count, with the latest figures",
        ("library_file_key", "style_key"),
        _key("library_file_key", "Key of the library file whose analytics these are"),
        _key("style_key", "Key of the style, the same in every file"),
        _text("style_name", "Name according to the analytics"),
        _text("style_type", "FILL, TEXT, EFFECT or GRID"),
        _big("usages", "References to it in the whole organisation as Figma counts them"),
        _big("teams_using", "Teams of the whole organisation that use it, as Figma counts them"),
        _big("files_using", "Files of the whole organisation that use it, as Figma counts them"),
        _time("fetched_at", "Time at which the figures were read; Figma updates them each day at 00:00 UTC"),
        by="library_file_key",
    ),
    _table(
        "library_variable_usages",
        "One row per library file and variable that Figma's library analytics count, with the latest figures",
        ("library_file_key", "variable_key"),
        _key("library_file_key", "Key of the library file whose analytics these are"),
        _key("variable_key", "Key of the variable, the same in every file"),
        _text("variable_name", "Name according to the analytics"),
        _text("variable_type", "Type of its values: COLOR, FLOAT, STRING or BOOLEAN"),
        _text("collection_key", "Key of its collection"),
        _text("collection_name", "Name of its collection"),
        _big("usages", "Bindings to it in the whole organisation as Figma counts them"),
        _big("teams_using", "Teams of the whole organisation that use it, as Figma counts them"),
        _big("files_using", "Files of the whole organisation that use it, as Figma counts them"),
        _time("fetched_at", "Time at which the figures were read; Figma updates them each day at 00:00 UTC"),
        by="library_file_key",
    ),
    _table(
        "library_actions",
        "One row per library file, kind, item and week with insertions or detachments by Figma's own account. Rows are"
        " kept forever",
        ("library_file_key", "kind", "item_key", "week"),
        _key("library_file_key", "Key of the library file whose analytics these are"),
        _key("kind", "component, style or variable"),
        _key("item_key", "Key of the component, style or variable, the same in every file"),
        _field("week", pa.date32(), "First day of the week, as Figma counts weeks", nullable=False),
        _text("item_name", "Name according to the analytics; the name of a variant lists its property values"),
        _text("item_type", "Type of a style (FILL, TEXT, ...) or of a variable (COLOR, FLOAT, ...)"),
        _text("component_set_key", "Key of the component set of a variant"),
        _text("component_set_name", "Name of that component set"),
        _text("collection_key", "Key of the collection of a variable"),
        _text("collection_name", "Name of that collection"),
        _big("insertions", "Times that somebody of the whole organisation put it into a file in that week"),
        _big("detachments", "Times that somebody detached an instance from it, or took the style or variable off"),
        _time("fetched_at", "Time of the answer"),
    ),
    _table(
        "activity_events",
        "One row per event of the activity log that opens or exports a file. Rows are kept forever",
        ("event_id",),
        _key("event_id", "Id of the event"),
        _key_time("happened_at", "Time of the event, to the second"),
        _text("action", "fig_file_view, fig_file_view_prototype or fig_file_export"),
        _text("file_key", "Key of the file or branch; null if the log does not tell"),
        _text("main_file_key", "Key of the main file of a branch; null for a main file"),
        _text("team_id", "Id of the team in which the file was; null if it was in none"),
        _text("user_id", "Id of the person, as in file_versions; null if nobody was signed in"),
        _text("user_name", "Name of the person; null without the setting activity_people"),
        _text("user_email", "E-mail address of the person; null without the setting activity_people"),
        _text("client_name", "Name of the application of others that acted for the person; null for Figma's own"),
        _time("fetched_at", "Time of the answer"),
    ),
    _table(
        "comments",
        "One row per comment in a file, also those that are replies. Comments of branches are not requested",
        ("file_key", "comment_id"),
        FILE_KEY,
        _key("comment_id", "Id of the comment"),
        _text("parent_id", "Id of the comment that started its thread; null for the comment that started it"),
        _text("order_id", "Number that Figma shows beside the thread; null for a reply"),
        _text("node_id", "Id of the node that it is pinned to; null for one on the canvas and for a reply"),
        _number("x", "Place of the pin, from the left of that node or of the canvas; null for a reply"),
        _number("y", "Place of the pin, from the top of that node or of the canvas; null for a reply"),
        _text("user_id", "Id of the person who wrote it"),
        _text("user_handle", "Name of the person who wrote it"),
        _time("created_at", "Time at which it was written"),
        _time("resolved_at", "Time at which its thread was resolved; null if it is open, and for a reply"),
        _text("message", "Its text; null unless the setting comment_texts is on"),
        by="file_key",
    ),
    _table(
        "comment_reactions",
        "One row per comment, person and emoji of a reaction",
        ("file_key", "comment_id", "user_id", "emoji"),
        FILE_KEY,
        _key("comment_id", "Id of the comment"),
        _key("user_id", "Id of the person who reacted; empty if Figma names nobody"),
        _key("emoji", "Emoji as a short code, such as :heart:"),
        _time("created_at", "Time of the reaction"),
        by="file_key",
    ),
    _table(
        "dev_resources",
        "One row per dev resource (a link that Dev Mode shows) of a library file",
        ("file_key", "dev_resource_id"),
        FILE_KEY,
        _key("dev_resource_id", "Id of the dev resource"),
        _text("node_id", "Id of the node that has it"),
        _text("name", "Name"),
        _text("url", "Address as a person gave it; it can be anything"),
        _text("host", "Host of the address in lower case, without a port; null if it is no http or https address"),
        by="file_key",
    ),
    _table(
        "file_versions",
        "One row per saved version of a loaded file",
        ("file_key", "version_id"),
        FILE_KEY,
        _key("version_id", "Id of the version"),
        _time("created_at", "Time of the save"),
        _text("label", "Name that a person gave the version; null for an autosave"),
        _text("description", "Description that a person gave the version"),
        _text("user_id", "Id of the person who saved it"),
        _text("user_handle", "Name of the person who saved it"),
    ),
    _table(
        "file_snapshots",
        "One row per snapshot of a file: a state of the file that was loaded. Rows are kept forever",
        ("file_key", "version", "last_modified_at"),
        *SNAPSHOT_KEY,
        _text("name", "Name of the file in that state"),
        _time("loaded_at", "Time at which that state was read"),
        _count("pages", "CANVAS nodes"),
        _count("nodes", "Nodes of all types, DOCUMENT and CANVAS included"),
        _count("visible_nodes", "Nodes that are visible together with all their ancestors"),
        _count("instances", "INSTANCE nodes"),
        _count("component_definitions", "COMPONENT nodes"),
        _count("component_sets", "COMPONENT_SET nodes"),
        _count("text_nodes", "TEXT nodes"),
        _count("styles", "Distinct styles that nodes refer to"),
        _count("style_references", "References from nodes to the styles that they show, one per node, slot and style"),
        _big("bytes", "Uncompressed size of the JSON document, or of all its parts, bytes"),
        _text("content_hash", "Hash of all stored content"),
        _text(
            "layers",
            "Instances, frames and what contains instances, by which the state is compared with its neighbours: an "
            "Arrow stream compressed with zstd, in Base64. Null if the state was loaded before this column existed",
        ),
        _text(
            "definitions_hash",
            "Hash of all components and sets that the file defined, whose rows are in component_states. Null if the "
            "state was loaded before this column existed",
        ),
    ),
    _table(
        "component_states",
        "One row per component or component set that a file defined in some state: in each snapshot of the file with "
        "this definitions_hash. Rows are kept forever",
        ("file_key", "definitions_hash", "node_id"),
        FILE_KEY,
        _key("definitions_hash", "Hash of all components and sets of that state, as in file_snapshots"),
        _key("node_id", "Id of the COMPONENT or COMPONENT_SET"),
        _text("kind", "component or component_set"),
        _text("item_key", "Key, the same in every file; null if the map of the document has none"),
        _text("set_node_id", "Id of the component set that contains it; null if it is not a variant"),
        _text("name", "Name; the name of a variant lists its property values"),
        _text("description", "Description"),
        _number("width", "Width"),
        _number("height", "Height"),
        _count("layers", "Layers, itself included, without those inside instances; for a set, without its variants"),
        _text("parts_hash", "Hash of its properties and layers, whose rows are in component_parts"),
    ),
    _table(
        "component_parts",
        "One row per property or layer of a component or component set in some state. States with equal parts share "
        "the rows. Rows are kept forever",
        ("parts_hash", "position"),
        _key("parts_hash", "Hash of all properties and layers of the component, as in component_states"),
        _key_count("position", "Index: the component itself, its layers in document order, its properties"),
        _key("part", "layer or property"),
        _text("part_id", "Id of the layer; for a property, #id, which a renamed property keeps, otherwise its name"),
        _text("name", "Name of the layer or property, without #id"),
        _text("path", "Names of the layers from below the component down to the layer, joined by ' / '"),
        _text("type", "Node type of the layer; type of the property"),
        _text(
            "value",
            "Property: the default value. Layer: its styles and variables, one a line, each with its slot or property",
        ),
    ),
    _table(
        "snapshot_components",
        "One row per snapshot of a file and component that it used. Rows are kept forever",
        ("file_key", "version", "last_modified_at", "component_key"),
        *SNAPSHOT_KEY,
        _key("component_key", "Key of the component"),
        _text("component_set_key", "Key of its component set; null if it is not a variant"),
        *USAGE_COUNTS,
        _text(
            "component_name",
            "Name of the component in that state; null if the state was loaded before this column existed",
        ),
        _text(
            "component_set_name",
            "Name of that component set in that state; null if it is not a variant, or if the state was loaded before "
            "this column existed",
        ),
    ),
    _table(
        "snapshot_styles",
        "One row per snapshot of a file and style that it referred to. Rows are kept forever",
        ("file_key", "version", "last_modified_at", "style_key"),
        *SNAPSHOT_KEY,
        _key("style_key", "Key of the style"),
        _count("references", "References from nodes that show the style, one per node and slot"),
        _count("references_visible", "References from effectively visible nodes"),
        _count("nodes", "Nodes that refer to the style"),
    ),
    _table(
        "instance_events",
        "One row per instance that differs between two neighbouring snapshots of a file. Rows are kept forever, unless "
        "a snapshot is added between the two: then the rows of the two new pairs replace them",
        ("file_key", "to_version", "to_last_modified_at", "node_id"),
        FILE_KEY,
        _key("to_version", "Version id of the snapshot that first shows the difference"),
        _key_time(
            "to_last_modified_at",
            "Last edit of the file in that snapshot; the event happened at or before this time",
        ),
        _key("node_id", "Id of the instance"),
        _text("from_version", "Version id of the snapshot before"),
        _time(
            "from_last_modified_at",
            "Last edit of the file in the snapshot before; the event happened after this time",
        ),
        _key("event", "insertion, removal, swap (same node, another component) or detachment"),
        _text(
            "component_key_before",
            "Key of its component before the event; null for an insertion, or if the map had none",
        ),
        _text("component_set_key_before", "Key of the component set of that component; null if it is not a variant"),
        _text(
            "component_key_after",
            "Key of its component after an insertion or swap; otherwise null, and null if the map has none",
        ),
        _text("component_set_key_after", "Key of the component set of that component; null if it is not a variant"),
        _text("parent_id", "Id of its parent node: after the event for an insertion or swap, otherwise before it"),
        _text("page_id", "Id of the CANVAS that contains it, at the same time as parent_id"),
        _text("name", "Layer name, at the same time as parent_id"),
        _flag("is_nested", "True if it is inside another instance and came, went or changed with that instance"),
        _flag("is_in_definition", "True if it is inside a component or component set: composition, not usage"),
        _text("frame_id", "Detachment: id of the FRAME that took its place; its own id if the frame kept it"),
        _number(
            "confidence",
            "0..1. 1 if node ids prove the event; lower for a detachment inferred from the place, name and "
            "near-equal box of a frame",
        ),
        deletes=True,
    ),
    _table(
        "library_events",
        "One row per change of a published component, component set or style that the published lists have shown. "
        "Rows are kept forever",
        ("kind", "item_key", "event", "happened_at"),
        _key("kind", "component, component_set or style"),
        _key("item_key", "Key of the component, component set or style, the same in every file"),
        _key("event", "published, updated (published again), renamed, moved or unpublished"),
        _key_time(
            "happened_at",
            "Time of the publication, as Figma reports it; for unpublished, the time at which a load first missed it",
        ),
        _text("file_key", "Key of the library file that publishes it"),
        _text("node_id", "Id of its node in the library file"),
        _text("name", "Name after the change; for unpublished, the last name"),
        _text("name_before", "Name before the change; null for published"),
        _text("place", "Names of the page and the frame that contain it, joined by ' / '; null for a style"),
        _text("place_before", "Page and frame before the change; null for published"),
        _text("user_id", "Id of the person who last published it; null for unpublished"),
        _text("user_handle", "Name of the person who last published it; null for unpublished"),
        _time("seen_at", "Start of the load that found the change"),
    ),
    _table(
        "images",
        "One row per published component or component set with a stored picture, or a note that Figma has none: the "
        "latest picture",
        ("file_key", "node_id"),
        FILE_KEY,
        NODE_ID,
        _key("kind", "thumbnail: the picture that Figma's listings link to. render: rendered by Figma on request"),
        *ASSET,
        _number("scale", "render: scale of the picture"),
        _number(
            "wanted_scale",
            "render: scale that was requested; larger than scale if Figma could not render that size",
        ),
        _text(
            "version",
            "render: version id of the newest loaded state of the file that the picture shows; null if none is loaded",
        ),
        _time("last_modified_at", "render: last edit of the file in that state"),
        _time(
            "published_at",
            "Time of the last publication with a change, according to the listing that led to this picture",
        ),
        _text(
            "content_hash",
            "render: hash of the stored content of the node and of its subtree, without its position",
        ),
        _time("rendered_at", "Time at which the picture was fetched, or Figma answered that it has none"),
    ),
    _table(
        "image_fills",
        "One row per loaded file and image that its paints refer to",
        ("file_key", "image_ref"),
        FILE_KEY,
        _key("image_ref", "Reference of the image, as in node_paints; an image has the same reference in every file"),
        *ASSET,
        _time("rendered_at", "Time at which the image was fetched, or Figma answered that it has none"),
    ),
    _table(
        "outcomes",
        "One row per run, resource and item that the run asked for: the outcome",
        ("run_id", "resource", "item_id"),
        _key("run_id", "Run"),
        _key("resource", "Resource that the run asked for: documents, file_versions, folders, components, images, ..."),
        _key("item_id", "Key of the file (with /<node or image> for a picture), or id of the team or folder"),
        _text("file_key", "Key of the file; null for teams and folders"),
        _text("name", "Name of the file, team or folder if it is known"),
        _key("status", "loaded, unchanged, removed or skipped"),
        _text("reason", "Reason of the skip: no_access, not_exportable, bad_body, rate_limited, put_off, ..."),
        _count("http_status", "HTTP status of the last answer"),
        _text("detail", "Figma's message, or ours"),
        _time("retry_at", "Earliest time of the next attempt"),
        _time("last_modified_at", "Last edit of the requested state of the file, according to the listing"),
        _time(
            "finished_at",
            "Time of the outcome; for an earlier refusal that still applies, the time of that refusal",
        ),
    ),
    _table(
        "runs",
        "One row per run of the job",
        ("run_id",),
        _key("run_id", "Id of the run"),
        _time("started_at", "Start"),
        _time("finished_at", "End of its load; null if the run was cut off"),
        _time(
            "published_at",
            "Time at which its data was published; null if it was not published, as after load alone. For runs from "
            "before this column existed, the end of the run",
        ),
        _text(
            "outcome",
            "done, partial (parts were skipped or deferred) or failed; running until it ends, cut off if it was killed",
        ),
        _count("exit_code", "Exit code of the command; 4 if a listing failed, so that figures may be of the past"),
        _text(
            "message",
            "Reason of the failure, of the early end or of what is missing, listings first; null if there is none",
        ),
        _count("files_expected", "Files and branches that the listing shows"),
        _count("files_loaded", "Files read and stored"),
        _count("files_unchanged", "Files that were not requested because they had not changed"),
        _count("files_skipped", "Files that could not be read"),
        _count("files_put_off", "Files that were deferred to the next run"),
        _count("files_removed", "Files that were confirmed as removed"),
        _big("nodes_loaded", "Nodes of the files read"),
        _count("requests_tier_1", "Requests spent on documents"),
        _count("requests_tier_2", "Requests spent on listings and versions"),
        _count("requests_tier_3", "Requests spent on published lists and metadata"),
        _number(
            "wait_seconds_tier_1",
            "Total time that requests of tier 1 waited for the rate limit or after a failure, s",
        ),
        _number("wait_seconds_tier_2", "Total time that requests of tier 2 waited, s"),
        _number("wait_seconds_tier_3", "Total time that requests of tier 3 waited, s"),
        _big("bytes_received", "Uncompressed size of all answers, bytes"),
        _count("warehouse_format", "Format version of the warehouse that the run wrote"),
    ),
)

TABLES = MappingProxyType({table.name: table for table in _TABLES})

# (one side, the columns that join, many side)
REFERENCES = (
    ("teams", ("team_id",), "folders"),
    ("folders", ("folder_id",), "files"),
    ("files", ("file_key",), "documents"),
    ("files", ("file_key",), "file_versions"),
    ("files", ("file_key",), "file_snapshots"),
    ("files", ("file_key",), "instance_events"),
    ("files", ("file_key",), "images"),
    ("files", ("file_key",), "image_fills"),
    ("files", ("file_key",), "components"),
    ("files", ("file_key",), "component_sets"),
    ("files", ("file_key",), "styles"),
    ("documents", ("file_key",), "nodes"),
    ("documents", ("file_key",), "file_components"),
    ("documents", ("file_key",), "file_component_sets"),
    ("documents", ("file_key",), "file_styles"),
    ("nodes", ("file_key", "node_id"), "node_styles"),
    ("nodes", ("file_key", "node_id"), "node_paints"),
    ("nodes", ("file_key", "node_id"), "node_variables"),
    ("nodes", ("file_key", "node_id"), "node_properties"),
    ("nodes", ("file_key", "node_id"), "node_overrides"),
    ("nodes", ("file_key", "node_id"), "text_ranges"),
    ("nodes", ("file_key", "node_id"), "node_effects"),
    ("nodes", ("file_key", "node_id"), "node_modes"),
    ("files", ("file_key",), "comments"),
    ("comments", ("file_key", "comment_id"), "comment_reactions"),
    ("nodes", ("file_key", "node_id"), "comments"),
    ("files", ("file_key",), "dev_resources"),
    ("nodes", ("file_key", "node_id"), "dev_resources"),
    ("files", ("file_key",), "variables"),
    ("variables", ("file_key", "variable_id"), "node_variables"),
    ("variables", ("file_key", "variable_id"), "variable_values"),
    ("variable_collections", ("file_key", "collection_id"), "variables"),
    ("variable_collections", ("file_key", "collection_id"), "variable_modes"),
    ("variable_collections", ("file_key", "collection_id"), "node_modes"),
    ("components", ("component_key",), "library_usages"),
    ("styles", ("style_key",), "library_style_usages"),
    ("files", ("file_key",), "activity_events"),
    ("components", ("component_key",), "nodes"),
    ("component_sets", ("component_set_key",), "nodes"),
    ("styles", ("style_key",), "node_styles"),
    ("components", ("component_key",), "snapshot_components"),
    ("styles", ("style_key",), "snapshot_styles"),
    ("file_snapshots", ("file_key", "version", "last_modified_at"), "snapshot_components"),
    ("file_snapshots", ("file_key", "version", "last_modified_at"), "snapshot_styles"),
    ("runs", ("run_id",), "outcomes"),
)

BOX = ("x", "y", "width", "height")
# the columns by which two states of a file are compared
LAYER_COLUMNS = (
    *("node_id", "type", "parent_id", "page_id", "name", "component_id", "component_key", "component_set_key"),
    *("instance_depth", "definition_id", *BOX),
)


def as_table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    """Convert rows to a table with the schema of `name`. Missing columns are null."""
    return pa.Table.from_pylist(rows, schema=TABLES[name].schema)
