"""Pictures of published components, and the images that paints refer to."""
