"""What a run needs before it starts: memory, computed from shapes, and the other requirements of the machine."""
