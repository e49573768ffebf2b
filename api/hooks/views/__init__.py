"""Pages on which people say where events are told, and see how that went."""
