"""Names of variables from files: design tokens and exports of Figma."""
