"""People and organisations: who signs in, for whom, with what role."""
