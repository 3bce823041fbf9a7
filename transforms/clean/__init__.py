"""What CleanArticles is made of: from bytes to the text of an article."""
