"""From text to values, as kubectl reads it, and the place of each value."""
