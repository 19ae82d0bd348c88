"""The code of conduct: reports, decisions, suspension, appeals, and their trail."""
