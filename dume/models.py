"""Tables of the DUME room."""
