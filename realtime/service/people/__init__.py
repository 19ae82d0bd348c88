"""People themselves: coming in, wishes, consents, erasure, surveys."""
