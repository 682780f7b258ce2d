"""The central service: intake, routing, register, synchronisation API and citizen portal."""

VERSION = "0.1.0"
