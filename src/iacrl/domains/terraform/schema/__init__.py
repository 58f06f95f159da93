"""What providers declare: the packs with their schemas, and the check of a resource's body against its schema."""
