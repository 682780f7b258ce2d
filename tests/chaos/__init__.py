"""Chaos: real programs killed, starved and bitten, and what must still be true afterwards (PROTOCOL §7)."""
