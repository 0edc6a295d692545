"""One run, step by step, and the other commands."""
