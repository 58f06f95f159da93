"""What providers declare: the packs that hold their schemas, and the check of a resource's body against its own."""
