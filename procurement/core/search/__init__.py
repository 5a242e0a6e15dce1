"""Full-text search in French over both engines: one analyser, one index, the same hits."""
