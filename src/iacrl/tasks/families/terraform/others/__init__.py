"""Resources of other providers."""
