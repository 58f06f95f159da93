"""What a configuration needs before it is started: memory by shapes, and whether the machine has the rest."""
