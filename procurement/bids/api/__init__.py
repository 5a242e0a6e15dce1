"""Endpoints of sealed bids; transactions are opened here only where no body is being read."""
