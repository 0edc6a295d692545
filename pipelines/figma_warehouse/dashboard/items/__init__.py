"""One page per component, set and file: served at an address with its key, or exported as a file each."""
