"""Who runs it: the commands, the graph, the engines."""

import os

# Before NumPy is imported, and inherited by worker processes: the pipeline has a process a core, and threads of matrix
# products would wait for each other. transforms/extract/parse.py leaves products to NumPy only where this is set.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
