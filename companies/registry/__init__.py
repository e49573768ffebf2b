"""Clients of the public registers that firms stand in: off without a key, asked by workers only."""
