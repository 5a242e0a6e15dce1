"""Prove that a holder can open: seal a nonce to his certificate, which only his key can give back.

The content is no key packet and a key packet is no rehearsal: a dishonest server cannot have a real
packet opened under the pretence of a rehearsal.
"""

from signing import jcs
from signing.certificates import PrivateKey, Recipient
from signing.errors import SealedError
from signing.sealed import cms
from signing.strict import Fields, b64encode

CODE = "bid.rehearsal_invalid"
NONCE_BYTES = 32
PURPOSE = "pli/1 rehearsal"


def seal(nonce: bytes, recipient: Recipient) -> bytes:
    """Return the CMS message that challenges one certificate."""
    return cms.seal(jcs.dumps({"v": PURPOSE, "nonce": b64encode(nonce)}), [recipient])


def answer(message: bytes, private_key: PrivateKey, recipient: Recipient | None = None) -> bytes:
    """Open a challenge and return its nonce; anything but a rehearsal is refused and not disclosed."""
    content = cms.unseal(message, private_key, recipient)
    try:
        fields = Fields(jcs.parse(content), code=CODE, where="rehearsal")
        fields.one_of("v", [PURPOSE])
        nonce = fields.binary("nonce", size=NONCE_BYTES)
        fields.done()
    except SealedError as error:
        raise SealedError(CODE, "the message is no rehearsal") from error
    return nonce
