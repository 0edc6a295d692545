"""Fixtures of published files for the commands that read one."""

from tests.fixtures.published import hostile_folder

__all__ = ["hostile_folder"]
