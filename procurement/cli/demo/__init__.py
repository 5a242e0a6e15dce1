"""``pli demo``: believable data, and a whole procedure played over HTTP."""
