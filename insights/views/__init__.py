"""What staff and the board see of the whole: each figure counted from the rows behind it."""
