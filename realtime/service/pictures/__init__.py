"""Pictures that were sent in, and what shows them."""
