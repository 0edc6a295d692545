"""The published files that the calculations read."""

from tests.fixtures.published import empty, hostile_folder, publish, published

__all__ = ["empty", "hostile_folder", "publish", "published"]
