"""What may be said: forms, categories, what is official."""
