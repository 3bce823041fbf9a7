"""What PollSources is made of: kinds of sources, and when each is asked."""
