"""The core of XML signatures: safe parsing, identifiers, transforms and canonical forms, values and keys."""
