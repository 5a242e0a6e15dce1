"""Build a set of DUME that each break one official rule: our own small documents, and one change per rule."""
