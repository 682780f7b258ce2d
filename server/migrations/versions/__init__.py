"""Revisions of the schema, forward only; a released one never changes."""
