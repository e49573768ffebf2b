"""What people type in a conversation."""
