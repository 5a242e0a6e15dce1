"""French sentences by code, one module per area; ``signing.summary_fr`` puts them together."""


def _(message: str) -> str:
    """Mark a French sentence for the catalogue and return it unchanged."""
    return message
