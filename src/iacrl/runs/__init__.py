"""What a run leaves behind, and what its stages and measurements need."""
