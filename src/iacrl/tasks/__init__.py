"""Tasks: problems that carry the machine-checkable part of what they ask."""
