"""The interministerial clause library and contract drafting."""
