"""Seal, open, time-stamp and verify: bytes in, typed results out.

Pure: no Pyramid, no SQLAlchemy, no network. What must be fetched is handed in by the caller.
"""
