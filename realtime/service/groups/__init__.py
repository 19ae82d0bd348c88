"""Groups: what they are, who gets in, who runs them, and what is said in them."""
