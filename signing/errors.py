"""The exceptions of this package. The main one: a stable code, a technical detail, and the figures a message needs."""


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


class Unverifiable(ValueError):
    """Say why a file, or an option, cannot be verified at all: the exit 2 of ``pli signature verify``.

    ``code`` is one of UNREADABLE, UNSUPPORTED, TOO_LARGE, REFUSED_DTD, REFUSED_ZIP; ``reason`` is a code of
    ``signing.summary_fr.SENTENCES``; ``detail`` is for engineers, in English.
    """

    def __init__(
        self, code: str, reason: str, detail: str = "", *, offset: int | None = None, **params: str | int
    ) -> None:
        super().__init__(f"{code}: {reason}: {detail}")
        self.code = code
        self.reason = reason
        self.detail = detail
        self.offset = offset
        self.params = params
