"""Ask a real provider what it refuses, and write the answers down as facts beside its schema pack."""
