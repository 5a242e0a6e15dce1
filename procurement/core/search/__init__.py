"""Search: one French analyser for what is stored and what is asked, and the index built on it."""
