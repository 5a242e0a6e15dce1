"""The certificates that sign the European list of the lists, as pyHanko ships them.

They come from the Official Journal and from the lists that followed (``latest_known_lotl_tlso_certs``). The function of that
name lives beside a list parser that loads signxml and xsdata, which weigh more than our whole verification: the file is read
directly, and a test holds that both say the same.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

_FILE = Path("sign", "validation", "qualified", "lotl-certs", "latest.cert.pem")


@cache
def official_signers() -> tuple[bytes, ...]:
    """Return the certificates (DER) that may sign the European list of the lists."""
    from signing.certificates import read_certificates

    spec = find_spec("pyhanko")
    folders = spec.submodule_search_locations if spec else None
    if not folders:
        return ()
    return tuple(read_certificates((Path(folders[0]) / _FILE).read_bytes()))
