"""What FetchArticles is made of: sockets, manners and patience."""
