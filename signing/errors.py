"""The one exception of this package: a stable code, a technical detail, and the figures a message needs."""


class SealedError(ValueError):
    """Say why something sealed, signed or stamped was refused.

    ``code`` is stable and documented (``bid.damaged``); ``detail`` is for engineers and logs, in English;
    ``params`` are plain values for the message shown to a person (see ``signing.messages``).
    """

    def __init__(self, code: str, detail: str, **params: str | int) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.params = params
