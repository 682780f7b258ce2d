"""The official page, rendered the same everywhere: no Qt, no SQL, no network."""
