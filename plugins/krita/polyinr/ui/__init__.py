"""The docker and its parts."""
