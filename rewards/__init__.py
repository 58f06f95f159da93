"""The shipped rewards, one file each. A file in this folder is found by its name."""
