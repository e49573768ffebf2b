"""What people and jobs can do with firms; one module a noun."""
