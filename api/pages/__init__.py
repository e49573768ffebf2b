"""The pages about tokens, their uses and the systems that have them."""
