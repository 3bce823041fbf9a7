"""What WritePartitions is made of: the lake, wherever it lies."""
