"""Brings desk and server together: one engine, one storage port, one transport; no Qt, no SQL."""
