"""Endpoints of accounts: the browser's session, tokens of API clients, keys of the sandbox."""
