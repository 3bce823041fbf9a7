"""What DeduplicateArticles is made of: likeness, and the index by which it is found."""
