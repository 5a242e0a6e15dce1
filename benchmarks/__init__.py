"""Ratios against floors measured in the same run: ``python -m benchmarks [P6 ...] [--quick] [--json FILE]``."""
