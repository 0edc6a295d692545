"""What `init`, `export`, `images` and `dashboard` print."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from figma_warehouse.job.project_folder import SECRETS
from figma_warehouse.terminal.formatting import format_size, print_line, short_path

if TYPE_CHECKING:
    from figma_warehouse.job.backup import Backup
    from figma_warehouse.job.compact import Compaction
    from figma_warehouse.job.export import ExportedFile
    from figma_warehouse.job.image_export import ImageExport
    from figma_warehouse.job.project_folder import ProjectFile


def print_init(console: Console, files: list[ProjectFile], folder: Path) -> None:
    """Print which files were written and which were kept, and the next step."""
    for file in files:
        path = short_path(file.path)
        print_line(console, f"Wrote  {path}" if file.is_new else f"Kept   {path}, which existed before")
    cd = "" if folder.absolute() == Path.cwd() else f"cd {shlex.quote(str(short_path(folder)))} && "
    print_line(console, f"Next   Put your token and your teams into {short_path(folder / SECRETS)}.")
    print_line(console, f"       Then test them: {cd}figma-warehouse check")


def print_export(console: Console, files: list[ExportedFile], folder: Path) -> None:
    """Print how much was written, and the folder."""
    rows = sum(file.rows for file in files)
    print_line(console, f"{len(files)} tables with {rows:,} rows written to {short_path(folder)}.")


def print_backup(console: Console, backup: Backup, folder: Path) -> None:
    """Print what was copied, and what was left out while a run is active."""
    sizes = ", ".join(f"{name} ({format_size(size)})" for name, size in backup.files.items())
    print_line(console, f"Backed up to {short_path(folder)}: {sizes}, {backup.pictures:,} pictures.")
    if not backup.has_build:
        print_line(
            console, "A run is active or there is no build file: what is loaded and not yet published is left out."
        )


def print_compaction(console: Console, compaction: Compaction) -> None:
    """Print the size of the build file before and after, or that it stays as it is."""
    before, free = format_size(compaction.bytes_before), format_size(compaction.free_bytes)
    if compaction.is_compacted:
        print_line(
            console, f"The build file has {format_size(compaction.bytes_after)}; it had {before}, {free} of them free."
        )
    else:
        print_line(console, f"The build file stays as it is: {free} of {before} are free, less than a third.")


def print_images(console: Console, export: ImageExport) -> None:
    """Print the files that were written, and what is missing with the reasons."""
    for path in export.written:
        print_line(console, str(path))
    for item, reason in export.missing:
        print_line(console, f"Not written: {item}: {reason}")
    print_line(console, f"{len(export.written):,} written, {len(export.missing):,} not.")


def print_dashboard(console: Console, url: str) -> None:
    """Print the address of the dashboards."""
    print_line(console, f"Dashboards at {url}   (Ctrl-C stops)")


def print_pages(console: Console, pages: int, folder: Path) -> None:
    """Print how many pages were written, and the first one."""
    print_line(console, f"Wrote {pages} pages: {folder.absolute() / 'index.html'}")
