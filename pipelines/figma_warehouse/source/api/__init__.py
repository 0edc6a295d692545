"""Requests to Figma: the client, its token, its limits and its failures."""
