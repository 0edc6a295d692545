"""Every table of the warehouse's raw schema: its grain, its columns and what each of them means.

The one place where columns are described. The resources take their Arrow schemas from here, the database its
comments, and `docs/tables.md` its text. Times are UTC, lengths canvas pixels, colors `#rrggbbaa`.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pyarrow as pa

TOMBSTONE = "is_tombstone"
TIME = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True)
class Table:
    """One raw table. `key` is its grain; a load replaces all rows that share `replaced_by`, or upserts by `key`.

    Of rows with one key in one load, the one that has the column `prefers` is stored.
    """

    name: str
    description: str
    key: tuple[str, ...]
    schema: pa.Schema
    replaced_by: str | None = None
    prefers: str | None = None

    def describe(self, column: str) -> str:
        """Return the meaning of one column."""
        return str(self.schema.field(column).metadata[b"description"].decode())

    def empty(self) -> pa.Table:
        """Return the table without rows, with all its columns."""
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


FILE_KEY = _key("file_key", "Key of the file, as in its URL; a branch has a key of its own")
NODE_ID = _key("node_id", "Id of the node, unique in its file only; copies inside instances are I<instance>;<original>")
TOMBSTONE_FIELD = _flag(
    TOMBSTONE, "Set only while a load is on its way: the file has no rows here; no stored row has it"
)

SNAPSHOT_KEY = (
    FILE_KEY,
    _key("version", "Version id of the file that was loaded"),
    _key_time(
        "last_modified_at", "When that state of the file was last edited; an edit may move it and not the version"
    ),
)

USAGE_COUNTS = (
    _count("instances", "All instances of the component in the file"),
    _count("direct", "Instances that a designer placed: outside definitions and not inside another instance"),
    _count("nested", "Instances that came along inside another instance, outside definitions"),
    _count("in_definitions", "Instances inside a component or component set: composition, no usage"),
    _count("hidden", "Usages that are not visible, by themselves or by an ancestor"),
    _count("usages", "direct + nested, visible or not"),
    _count(
        "direct_visible", "Direct instances that are effectively visible: placements, where the file is not the library"
    ),
)

PUBLISHED = (
    _text("file_key", "Key of the library file that publishes it"),
    _text("node_id", "Id of its node in the library file"),
    _text("team_id", "Team whose listing shows it; null when it came from the listing of a configured file"),
    _text("name", "Name as published"),
    _text("description", "Description as published"),
)

PUBLISHED_TIMES = (
    _time("created_at", "When it was first published, by Figma's account"),
    _time("updated_at", "When it was last published with a change"),
    _text("user_id", "Id of the person who last published it"),
    _text("user_handle", "Name of the person who last published it"),
    _time("first_seen_at", "When a load first saw it in the published list"),
    _time("last_seen_at", "When a load last saw it in the published list"),
    _time("removed_at", "When a load first missed it in a complete published list; null while it is published"),
)

CONTAINING_FRAME = (
    _text("containing_page_id", "Page of the library file that holds it"),
    _text("containing_page_name", "Name of that page"),
    _text("containing_frame_id", "Top-level frame that holds it, where there is one"),
    _text("containing_frame_name", "Name of that frame"),
)

ASSET = (
    _text(
        "sha256", "Hash of the stored bytes, which lie in assets/<sha256>.<format>; null: Figma has no picture of it"
    ),
    _text("format", "png, jpg, svg, pdf, gif or webp, told by the bytes; also the ending of the stored file"),
    _big("bytes", "Size of the stored file"),
    _count("width", "Width of the picture, px; null for pdf, and for an svg that names none"),
    _count("height", "Height of the picture, px; null for pdf, and for an svg that names none"),
)


def _table(
    name: str,
    description: str,
    key: tuple[str, ...],
    *fields: pa.Field,
    by: str | None = None,
    prefers: str | None = None,
) -> Table:
    tombstone = (TOMBSTONE_FIELD,) if by else ()
    return Table(name, description, key, pa.schema([*fields, *tombstone]), by, prefers)


_TABLES = (
    _table(
        "teams",
        "One row per configured team",
        ("team_id",),
        _key("team_id", "Id of the team, as in its URL"),
        _text("name", "Name of the team"),
        _time("last_seen_at", "When a load last listed it"),
    ),
    _table(
        "folders",
        "One row per folder of a team; folders nest. a project of the older API is a top-level folder",
        ("folder_id",),
        _key("folder_id", "Id of the folder (or project)"),
        _text("team_id", "Team it belongs to; null for a folder configured by itself"),
        _text("parent_folder_id", "Folder that contains it; null at the top"),
        _text("name", "Name of the folder"),
        _text("path", "Names from the top folder down to this one, joined by ' / '"),
        _time("last_seen_at", "When a load last listed it"),
        _time("removed_at", "When a load first missed it in a complete listing; null while it is there"),
    ),
    _table(
        "files",
        "One row per file or branch ever listed",
        ("file_key",),
        FILE_KEY,
        _text("name", "Name in the listing"),
        _text("team_id", "Team it was last listed under"),
        _text("folder_id", "Folder it was last listed in; null for a file configured by itself"),
        _text("main_file_key", "For a branch, the key of its main file; null for a main file"),
        _time("last_modified_at", "Last edit by the listing (for a configured file, by its metadata)"),
        _text("version", "Version by the file's metadata, where that was asked for; listings have none"),
        _time("first_seen_at", "When a load first saw it"),
        _time("last_seen_at", "When a load last saw it"),
        _time("removed_at", "When a direct look confirmed that it is gone, or since when it is excluded; else null"),
        # the listing knows no branch that is configured by its key; its document does
        prefers="main_file_key",
    ),
    _table(
        "documents",
        "One row per file whose content is loaded: which state of it the node tables hold",
        ("file_key",),
        FILE_KEY,
        _text("name", "Name in the document"),
        _text("version", "Version id that is loaded"),
        _time("last_modified_at", "Last edit by the document"),
        _time("listed_modified_at", "Last edit by the listing that led to this load; compared with the next listing"),
        _time("loaded_at", "When the document was read"),
        _text("run_id", "Run that read it"),
        _big("bytes", "Size of the JSON body, or of all parts together, uncompressed"),
        _count("node_count", "Nodes of all types, DOCUMENT and CANVAS included"),
        _text("content_hash", "Hash of all that is stored of the content; equal content is not written again"),
        _text("editor_type", "figma, figjam, ...; null in answers of before 2021"),
        _count("parts", "Answers the document was put together from: 1 when it came whole"),
        _text(
            "last_version",
            "Version of the newest part, where the file moved on while its parts came: its rows mix that and version",
        ),
        by="file_key",
    ),
    _table(
        "nodes",
        "One row per node of each loaded file, at its present state",
        ("file_key", "node_id"),
        FILE_KEY,
        NODE_ID,
        _text("parent_id", "Parent node; null for the DOCUMENT"),
        _text("page_id", "CANVAS it lies on (its own id for a CANVAS); null for the DOCUMENT"),
        _key_count("position", "Index among its siblings, from 0, bottom layer first"),
        _key_count("preorder", "Index in the document, depth first, from 0"),
        _key_count("descendant_count", "Nodes below it: its subtree is preorder .. preorder + descendant_count"),
        _key_count("depth", "Number of ancestors; 0 for the DOCUMENT, 1 for pages"),
        _key("type", "Node type, as Figma sends it; types unknown today pass through"),
        _text("name", "Layer name"),
        _flag("is_visible", "The layer's own eye is open"),
        _flag("is_effectively_visible", "It and all its ancestors are visible"),
        _flag("is_locked", "The layer is locked"),
        _text("component_id", "INSTANCE: id of its component in this file's component map"),
        _text("component_key", "INSTANCE: key of its component; null when the map has no such component"),
        _text("component_set_key", "INSTANCE: key of its component's set; null when it has none"),
        _text("instance_id", "Nearest INSTANCE ancestor"),
        _key_count("instance_depth", "Number of INSTANCE ancestors"),
        _text("source_node_id", "For a copy inside an instance, the last segment of its id: the node it copies"),
        _text("definition_id", "Nearest COMPONENT or COMPONENT_SET at or above it"),
        _text("section_id", "Nearest SECTION above it"),
        _number("x", "Left edge of the layer's box on the canvas, px"),
        _number("y", "Top edge of the layer's box on the canvas, px"),
        _number("width", "Width of the layer's box, px"),
        _number("height", "Height of the layer's box, px"),
        _number(
            "render_x", "Left edge of what is drawn (shadows and strokes included), px; null when nothing is drawn"
        ),
        _number("render_y", "Top edge of what is drawn, px"),
        _number("render_width", "Width of what is drawn, px"),
        _number("render_height", "Height of what is drawn, px"),
        _number("rotation", "Rotation as sent; Figma names no unit"),
        _number("opacity", "Layer opacity 0..1; 1 when not sent"),
        _text("blend_mode", "Blend mode (PASS_THROUGH, NORMAL, ...)"),
        _text("layout_mode", "Auto layout direction: NONE, HORIZONTAL, VERTICAL, GRID; null when not sent"),
        _text("layout_wrap", "Auto layout wrapping: NO_WRAP, WRAP"),
        _text("layout_sizing_horizontal", "FIXED, HUG or FILL"),
        _text("layout_sizing_vertical", "FIXED, HUG or FILL"),
        _text("primary_axis_align", "Auto layout alignment along its direction"),
        _text("counter_axis_align", "Auto layout alignment across its direction"),
        _number("padding_left", "Auto layout padding, px"),
        _number("padding_right", "Auto layout padding, px"),
        _number("padding_top", "Auto layout padding, px"),
        _number("padding_bottom", "Auto layout padding, px"),
        _number("item_spacing", "Auto layout gap between children, px; may be negative"),
        _number("counter_axis_spacing", "Auto layout gap between wrapped tracks, px"),
        _number("layout_grow", "1 when it stretches along its parent's direction"),
        _text("layout_align", "How it aligns across its parent's direction"),
        _text("layout_positioning", "ABSOLUTE when taken out of its parent's auto layout"),
        _text("constraint_horizontal", "Horizontal constraint to its frame"),
        _text("constraint_vertical", "Vertical constraint to its frame"),
        _number("corner_radius", "Corner radius, px, where all corners share one"),
        _number("stroke_weight", "Stroke weight, px"),
        _text("stroke_align", "INSIDE, OUTSIDE or CENTER"),
        _key_count("fill_count", "Fills, hidden ones included"),
        _key_count("stroke_count", "Strokes, hidden ones included"),
        _key_count("effect_count", "Effects, hidden ones included"),
        _key_count("child_count", "Direct children"),
        _text("characters", "Text of a TEXT node, sticky, shape or table cell"),
        _text("font_family", "TEXT: font family of its base style"),
        _number("font_size", "TEXT: font size of its base style, px"),
        _number("font_weight", "TEXT: font weight of its base style"),
        _number("line_height_px", "TEXT: line height of its base style, px"),
        _number("letter_spacing", "TEXT: letter spacing of its base style, px"),
        _flag("has_mixed_styles", "TEXT: some characters deviate from the base style"),
        _flag("is_mask", "It masks its siblings above"),
        _text("dev_status", "Dev Mode status: READY_FOR_DEV, COMPLETED; null when none"),
        _key_count("prototype_target_count", "Prototype actions on it that lead to another node"),
        _key_count("export_setting_count", "Export settings on it"),
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
            "fill, stroke, text, effect, grid, ... as sent; text_range and fill_range for parts of a text or vector",
        ),
        _key("style_id", "Id of the style in this file's style map"),
        _text("style_key", "Key of the style; null when the map has no such style"),
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
        _text("type", "SOLID, GRADIENT_LINEAR, IMAGE, ... as sent"),
        _text("color", "SOLID: #rrggbbaa, each channel rounded to 8 bits"),
        _number("opacity", "Opacity of the paint 0..1; 1 when not sent"),
        _flag("is_visible", "The paint's own eye is open"),
        _text("image_ref", "IMAGE: reference of the picture"),
        _text("variable_id", "Variable bound to the color"),
        by="file_key",
    ),
    _table(
        "node_variables",
        "One row per variable bound to a property of a node, whatever the nesting, as sent: Figma names the variable "
        "of a solid paint twice, at the node (fills/0) and at the paint (fills/0/color). node_paints.variable_id has "
        "it once",
        ("file_key", "node_id", "property"),
        FILE_KEY,
        NODE_ID,
        _key("property", "Path of the bound property: opacity, fills/0, size/x, componentProperties/Label, ..."),
        _text("variable_id", "Id of the variable in this file"),
        _text("variable_key", "Key of a remote variable, which its id carries; null for a local one"),
        by="file_key",
    ),
    _table(
        "node_properties",
        "One row per component property that an INSTANCE has, or that a COMPONENT or COMPONENT_SET declares",
        ("file_key", "node_id", "name"),
        FILE_KEY,
        NODE_ID,
        _key("name", "Name of the property as sent; all but variants carry a #id suffix"),
        _text("type", "VARIANT, BOOLEAN, TEXT, INSTANCE_SWAP, SLOT, ..."),
        _text("value", "Value, or default, as text; for INSTANCE_SWAP the id of a component in this file"),
        by="file_key",
    ),
    _table(
        "node_overrides",
        "One row per field that an INSTANCE overrides, in itself or in a layer inside it",
        ("file_key", "node_id", "target_node_id", "field"),
        FILE_KEY,
        NODE_ID,
        _key("target_node_id", "Layer whose field is overridden: the instance itself or one inside it"),
        _key("field", "Name of the overridden field"),
        by="file_key",
    ),
    _table(
        "file_components",
        "One row per component that a file defines or uses, as its document maps it",
        ("file_key", "node_id"),
        FILE_KEY,
        _key("node_id", "Id of the component in this file; for a remote one, of a copy that no page shows"),
        _text("component_key", "Key, the same in every file"),
        _text("name", "Name; for a variant its property values"),
        _text("description", "Description"),
        _flag("is_remote", "It comes from another file; null in answers of before 2022"),
        _text("component_set_id", "Id of its component set in this file"),
        _text("component_set_key", "Key of its component set"),
        by="file_key",
    ),
    _table(
        "file_component_sets",
        "One row per component set that a file defines or uses, as its document maps it",
        ("file_key", "node_id"),
        FILE_KEY,
        _key("node_id", "Id of the component set in this file"),
        _text("component_set_key", "Key, the same in every file"),
        _text("name", "Name"),
        _text("description", "Description"),
        _flag("is_remote", "It comes from another file; null when not sent"),
        by="file_key",
    ),
    _table(
        "file_styles",
        "One row per style that a file defines or uses, as its document maps it",
        ("file_key", "node_id"),
        FILE_KEY,
        _key("node_id", "Id of the style in this file"),
        _text("style_key", "Key, the same in every file"),
        _text("name", "Name"),
        _text("description", "Description"),
        _text("style_type", "FILL, TEXT, EFFECT or GRID"),
        _flag("is_remote", "It comes from another file; null in answers of before 2022"),
        by="file_key",
    ),
    _table(
        "components",
        "One row per component ever seen published",
        ("component_key",),
        _key("component_key", "Key, the same in every file"),
        *PUBLISHED,
        *CONTAINING_FRAME,
        _text("component_set_node_id", "For a variant, the node of its component set in the library file"),
        *PUBLISHED_TIMES,
    ),
    _table(
        "component_sets",
        "One row per component set ever seen published",
        ("component_set_key",),
        _key("component_set_key", "Key, the same in every file"),
        *PUBLISHED,
        *CONTAINING_FRAME,
        *PUBLISHED_TIMES,
    ),
    _table(
        "styles",
        "One row per style ever seen published",
        ("style_key",),
        _key("style_key", "Key, the same in every file"),
        *PUBLISHED,
        _text("style_type", "FILL, TEXT, EFFECT or GRID"),
        _text("sort_position", "Sorts the styles of a file in Figma's own order"),
        *PUBLISHED_TIMES,
    ),
    _table(
        "library_usages",
        "One row per library file and component of it that Figma's library analytics count: their latest figures",
        ("library_file_key", "component_key"),
        _key("library_file_key", "Key of the library file whose analytics they are"),
        _key("component_key", "Key of the component, the same in every file"),
        _text("component_name", "Name by the analytics; for a variant its property values"),
        _text("component_set_key", "Key of its component set; null when it is no variant"),
        _text("component_set_name", "Name of that set"),
        _big("usages", "Instances within the organisation by Figma's own count, also in files that no token reads"),
        _big("teams_using", "Teams using it within the organisation, by Figma's own count"),
        _big("files_using", "Files using it within the organisation, by Figma's own count"),
        _time("fetched_at", "When they were read; Figma counts anew each day at 00:00 UTC"),
        by="library_file_key",
    ),
    _table(
        "file_versions",
        "One row per saved version of a loaded file",
        ("file_key", "version_id"),
        FILE_KEY,
        _key("version_id", "Id of the version"),
        _time("created_at", "When it was saved"),
        _text("label", "Name a person gave it; null for an autosave"),
        _text("description", "Description a person gave it"),
        _text("user_id", "Id of the person who saved it"),
        _text("user_handle", "Name of the person who saved it"),
    ),
    _table(
        "file_snapshots",
        "One row per state of a file that was ever loaded; kept for ever",
        ("file_key", "version", "last_modified_at"),
        *SNAPSHOT_KEY,
        _text("name", "Name of the file in that state"),
        _time("loaded_at", "When that state was read"),
        _count("pages", "CANVAS nodes"),
        _count("nodes", "Nodes of all types, DOCUMENT and CANVAS included"),
        _count("visible_nodes", "Nodes that are visible with all their ancestors"),
        _count("instances", "INSTANCE nodes"),
        _count("component_definitions", "COMPONENT nodes"),
        _count("component_sets", "COMPONENT_SET nodes"),
        _count("text_nodes", "TEXT nodes"),
        _count("styles", "Different styles that nodes refer to"),
        _count("style_references", "References from nodes to styles"),
        _big("bytes", "Size of the JSON body, or of all parts together, uncompressed"),
        _text("content_hash", "Hash of all that is stored of the content"),
    ),
    _table(
        "snapshot_components",
        "One row per loaded state of a file and component it used; kept for ever",
        ("file_key", "version", "last_modified_at", "component_key"),
        *SNAPSHOT_KEY,
        _key("component_key", "Key of the component"),
        _text("component_set_key", "Key of its set"),
        *USAGE_COUNTS,
    ),
    _table(
        "snapshot_styles",
        "One row per loaded state of a file and style it referred to; kept for ever",
        ("file_key", "version", "last_modified_at", "style_key"),
        *SNAPSHOT_KEY,
        _key("style_key", "Key of the style"),
        _count("references", "References from nodes"),
        _count("references_visible", "References from effectively visible nodes"),
        _count("nodes", "Nodes that refer to it"),
    ),
    _table(
        "instance_events",
        "One row per instance that differs between two states of a file loaded one after the other; kept for ever",
        ("file_key", "to_version", "to_last_modified_at", "node_id"),
        FILE_KEY,
        _key("to_version", "Version id of the state in which the difference was found"),
        _key_time("to_last_modified_at", "When that state was last edited: it happened then or before"),
        _key("node_id", "Id of the instance"),
        _text("from_version", "Version id of the state loaded before"),
        _time("from_last_modified_at", "When that state was last edited: it happened after that"),
        _key("event", "insertion, removal, swap (same node, other component) or detachment"),
        _text("component_key_before", "Key of its component before; null for an insertion, or where the map had none"),
        _text("component_set_key_before", "Key of the set of that component"),
        _text("component_key_after", "Key of its component after an insertion or swap; null where the map has none"),
        _text("component_set_key_after", "Key of the set of that component"),
        _text("parent_id", "Parent node: after an insertion or swap, else before"),
        _text("page_id", "CANVAS it lies on, at the same moment"),
        _text("name", "Layer name, at the same moment"),
        _flag("is_nested", "It lies inside another instance: it came, went or changed with that one"),
        _flag("is_in_definition", "It lies inside a component or component set: composition, no usage"),
        _text("frame_id", "Detachment: the FRAME that took its place; its own id where that was kept"),
        _number(
            "confidence",
            "0..1: 1 where node ids say so; below for a detachment told by a frame's place, name and near-equal box",
        ),
    ),
    _table(
        "library_events",
        "One row per change of a published thing that its lists have shown; kept for ever",
        ("kind", "item_key", "event", "happened_at"),
        _key("kind", "component, component_set or style"),
        _key("item_key", "Key of the component, component set or style, the same in every file"),
        _key("event", "published, updated (published again), renamed, moved or unpublished"),
        _key_time(
            "happened_at", "When it was published, by Figma's account; for unpublished, when a load first missed it"
        ),
        _text("file_key", "Key of the library file that publishes it"),
        _text("node_id", "Id of its node in the library file"),
        _text("name", "Name after the change; of what is unpublished, its last one"),
        _text("name_before", "Name before; null for published"),
        _text("place", "Page and frame that hold it, names joined by ' / '; null for a style"),
        _text("place_before", "That place before; null for published"),
        _text("user_id", "Id of the person who last published it; null for unpublished"),
        _text("user_handle", "Name of the person who last published it; null for unpublished"),
        _time("seen_at", "When the load that found the change began"),
    ),
    _table(
        "images",
        "One row per published component or component set that was pictured: its latest picture",
        ("file_key", "node_id"),
        FILE_KEY,
        NODE_ID,
        _key("kind", "thumbnail: Figma's own, as its listings name it; render: drawn by Figma for this warehouse"),
        *ASSET,
        _number("scale", "render: scale it was drawn at"),
        _number("wanted_scale", "render: scale that was asked for; more than scale where that was too large to draw"),
        _text("version", "render: version id of the newest loaded state of the file that it shows; null without one"),
        _time("last_modified_at", "render: last edit of that state of the file"),
        _time("published_at", "When the component was last published with a change, by the listing that led here"),
        _text("content_hash", "render: hash of all that is stored of the node and what lies in it, but not its place"),
        _time("rendered_at", "When the picture was had, or Figma said that there is none"),
    ),
    _table(
        "image_fills",
        "One row per loaded file and image that its paints refer to",
        ("file_key", "image_ref"),
        FILE_KEY,
        _key("image_ref", "Reference of the image, as in node_paints; the same image has the same one everywhere"),
        *ASSET,
        _time("rendered_at", "When the image was had, or Figma said that there is none"),
    ),
    _table(
        "outcomes",
        "One row per run, resource and thing asked for: what became of it",
        ("run_id", "resource", "item_id"),
        _key("run_id", "Run"),
        _key("resource", "What was asked for: documents, file_versions, folders, components, images, ..."),
        _key("item_id", "Key of the file, with /<node or image> for a picture, or id of the team or folder"),
        _text("file_key", "Key of the file; null for teams and folders"),
        _text("name", "Name of the file, team or folder, where known"),
        _key("status", "loaded, unchanged, removed or skipped"),
        _text("reason", "Why it was skipped: no_access, not_exportable, bad_body, rate_limited, put_off, ..."),
        _count("http_status", "HTTP status of the last answer"),
        _text("detail", "Figma's own words, or ours"),
        _time("retry_at", "Not before then"),
        _time("last_modified_at", "State of the file that was asked for, by the listing"),
        _time("finished_at", "When it was settled; of what was refused before and not asked for again, when that was"),
    ),
    _table(
        "runs",
        "One row per run of the job",
        ("run_id",),
        _key("run_id", "Id of the run"),
        _time("started_at", "Start"),
        _time("finished_at", "End of its load; null when the run was cut off"),
        _time(
            "published_at",
            "When readers first got to see what it loaded; null where that never came to pass, as after load alone; of"
            " runs before this column was, the end",
        ),
        _text("outcome", "done, partial (parts were skipped or put off) or failed; running until it ends"),
        _count("exit_code", "Exit code of the command"),
        _text("message", "Why it failed, or was not gone through; null where neither is so"),
        _count("files_expected", "Files and branches that the listing shows"),
        _count("files_loaded", "Files read and stored"),
        _count("files_unchanged", "Files not asked for, being unchanged"),
        _count("files_skipped", "Files that could not be read"),
        _count("files_put_off", "Files left for the next run"),
        _count("files_removed", "Files confirmed as gone"),
        _big("nodes_loaded", "Nodes of the files read"),
        _count("requests_tier_1", "Requests spent on documents"),
        _count("requests_tier_2", "Requests spent on listings and versions"),
        _count("requests_tier_3", "Requests spent on published lists and metadata"),
        _number("wait_seconds_tier_1", "Time that requests of tier 1 waited for room or after a failure, summed up, s"),
        _number("wait_seconds_tier_2", "The same of tier 2, s"),
        _number("wait_seconds_tier_3", "The same of tier 3, s"),
        _big("bytes_received", "Size of all answers, uncompressed"),
        _count("warehouse_format", "Format of the warehouse that the run wrote"),
    ),
)

TABLES = MappingProxyType({table.name: table for table in _TABLES})
NODE_TABLES = tuple(table.name for table in _TABLES if table.replaced_by == FILE_KEY.name and table.name != "documents")
SNAPSHOT_TABLES = ("file_snapshots", "snapshot_components", "snapshot_styles")

BOX = ("x", "y", "width", "height")
# what two states of a file are compared by
LAYER_TYPES = ("INSTANCE", "FRAME")
LAYER_COLUMNS = (
    *("node_id", "type", "parent_id", "page_id", "name", "component_id", "component_key", "component_set_key"),
    *("instance_depth", "definition_id", *BOX),
)


def as_table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    """Turn rows into a table of the schema, absent columns null."""
    return pa.Table.from_pylist(rows, schema=TABLES[name].schema)
