"""Ask a real provider what it refuses, and write the answers as facts next to its schema pack."""
