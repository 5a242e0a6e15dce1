"""Reads of sealed bids."""
