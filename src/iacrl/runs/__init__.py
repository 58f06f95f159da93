"""What a run leaves behind, and what every stage and every measurement of one needs."""
