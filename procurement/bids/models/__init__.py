"""Tables of sealed bids. Ids are uuid4: an identifier must not tell when, or as how manyth, a bid came."""

from procurement.bids.models.deposits import BidDeposit, BidEnvelope, BidEnvelopeRef
from procurement.bids.models.keys import BidKeyHolder, BidKeySet, BidRecipient, BidRehearsal
from procurement.bids.models.openings import BidOpenedFile, BidOpening, BidOpeningReport, BidShare
from procurement.bids.models.uploads import (
    BidAttempt,
    BidAttemptEvent,
    BidChunk,
    BidCommitRequest,
    BidDraft,
    BidObject,
    BidUpload,
)

__all__ = [
    "BidAttempt",
    "BidAttemptEvent",
    "BidChunk",
    "BidCommitRequest",
    "BidDeposit",
    "BidDraft",
    "BidEnvelope",
    "BidEnvelopeRef",
    "BidKeyHolder",
    "BidKeySet",
    "BidObject",
    "BidOpenedFile",
    "BidOpening",
    "BidOpeningReport",
    "BidRecipient",
    "BidRehearsal",
    "BidShare",
    "BidUpload",
]
