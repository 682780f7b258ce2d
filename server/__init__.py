"""The central service: intake, routing, register, synchronisation API and citizen portal."""
