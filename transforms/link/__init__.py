"""What LinkEvents is made of: which mentions are one event, and what they say together."""
