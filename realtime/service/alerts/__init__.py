"""Raising, changing, answering and merging alerts, and who may how often."""
