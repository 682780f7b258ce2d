"""Chekaya Desk: the desktop client of ministry agents."""
