"""Faults, in full and in short: what may happen to a night, and what must be true afterwards."""
