"""Listings: files and folders, published lists, library analytics."""
