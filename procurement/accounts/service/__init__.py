"""The verbs of accounts, one module per noun; upper rooms import the module they need.

``organisations`` (buyers, companies, services), ``team`` (invitations, roles), ``sign_in`` (sessions),
``second_factor``, ``account`` (one’s own), ``registration`` (of a company), ``api_clients``, ``api_keys`` and
``api_tokens`` (programs of vendors).
"""
