"""What ExtractEvents is made of: who did what to whom, when, where, and who says so."""
