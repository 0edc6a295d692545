"""A folder to run the job in: a settings file to fill in, and a line for cron."""

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from figma_warehouse.bundled import bundled
from figma_warehouse.failures import folder_error
from figma_warehouse.files import PRIVATE

SECRETS = ".dlt/secrets.toml"
READABLE = 0o644
GITIGNORE = "/data/\n.dlt/secrets.toml\n"
CRON = """\
# Every night at three. Add this line with crontab -e, after a first figma-warehouse run by hand.
0 3 * * *  {command}
"""


@dataclass(frozen=True)
class ProjectFile:
    """A file of the folder. `is_new` is false if it existed before."""

    path: Path
    is_new: bool


def init_folder(folder: Path) -> list[ProjectFile]:
    """Write the files that a folder lacks, and keep the others. Only the owner can read `.dlt/secrets.toml`.

    Raises UsageFailure if the folder cannot be made or written.
    """
    defaults, folder = bundled(".dlt"), folder.absolute()
    example = (defaults / "secrets.toml.example").read_text(encoding="utf-8")
    contents = {
        SECRETS: example,
        f"{SECRETS}.example": example,
        ".dlt/config.toml": (defaults / "config.toml").read_text(encoding="utf-8"),
        ".gitignore": GITIGNORE,
        "figma-warehouse.cron": CRON.format(command=_cron_command(folder)),
    }
    try:
        return [_write_new(folder / name, content) for name, content in contents.items()]
    except OSError as error:
        raise folder_error(folder, error) from error


def _write_new(path: Path, content: str) -> ProjectFile:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.touch(PRIVATE if path.match(SECRETS) else READABLE, exist_ok=False)
    except FileExistsError:
        return ProjectFile(path, is_new=False)
    try:
        path.write_text(content, encoding="utf-8")
    except OSError:
        path.unlink()
        raise
    return ProjectFile(path, is_new=True)


def _cron_command(folder: Path) -> str:
    program = Path(sys.argv[0]).absolute()
    is_installed = program.name == "figma-warehouse" and program.exists()
    words = [str(program)] if is_installed else [sys.executable, "-m", "figma_warehouse"]
    command = f"cd {shlex.quote(str(folder))} && {shlex.join(words)} run >> data/run.log 2>&1"
    # cron reads an unescaped percent sign as the end of the command
    return command.replace("%", r"\%")
