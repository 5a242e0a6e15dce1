"""Pages of accounts, one module per task."""
