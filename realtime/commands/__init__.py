"""The commands of `samverkan`, by what they are about."""
