"""HashiCorp's native syntax: from a text to its syntax tree, with ranges and syntax errors."""
