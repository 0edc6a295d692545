"""The client for Figma's REST API: tokens, rate limits, retries and failures."""
