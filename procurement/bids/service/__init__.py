"""The verbs of sealed bids."""
