"""Organisations, the offices that they give, and what is between them and people."""
