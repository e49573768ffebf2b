"""Everything a reviewer sees of one match before deciding, one module for each part of the page."""
