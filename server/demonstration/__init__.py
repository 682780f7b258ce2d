"""Invented citizens, staff and histories for demonstrations and benchmarks; no real person is meant."""
