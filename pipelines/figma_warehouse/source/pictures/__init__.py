"""Pictures of published components, and the image fills of loaded files."""
