"""The agent's program, without windows."""
