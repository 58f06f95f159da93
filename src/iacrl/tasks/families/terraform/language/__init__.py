"""The language itself: variables, repetition, repairs, changes."""
