"""``pli clauses release|import|export|withdraw``: signed libraries, out of a directory, into this installation, out of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from clauses.files.reader import SIGNATURE
from clauses.service import Frozen
from procurement.cli import options
from procurement.cli.clauses import inputs
from procurement.cli.clauses.inputs import BAD_INPUT
from procurement.core.clock import Clock, SystemClock
from procurement.core.seal import Sealer
from procurement.core.text import _
from procurement.core.timestamp import TimestampUnavailable, Token


@click.command()
@click.argument("source", type=inputs.PATH, metavar="DIR")
@click.option("--version", "version", required=True, help="Name of the release; used once.")
@click.option("--valid-from", "day", help="First day it serves new drafts (YYYY-MM-DD); today without it.")
@click.option("--changelog", multiple=True, help="What changed, a line each.")
@click.option(
    "--key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Sign with this PKCS#12 file instead of the platform's seal.",
)
@click.option("--secret-fd", type=int, help="Read its passphrase from this file descriptor.")
@click.option(
    "--unsigned", is_flag=True, help="Sign with nothing: such a release can be compared, not loaded."
)
@click.option("-o", "--output", type=inputs.OUT, help="Where to write the archive.")
@options.config
@options.as_json
@inputs.told
def release(  # noqa: PLR0913  # an option each
    *,
    source: Path,
    version: str,
    day: str | None,
    changelog: tuple[str, ...],
    key: Path | None,
    secret_fd: int | None,
    unsigned: bool,
    output: Path | None,
    ini: str,
    as_json: bool,
) -> None:
    """Check the library in DIR, freeze it and sign its manifest; write the archive that « import » loads.

    Exit codes: 0 released, 1 findings (nothing written), 2 no such library or key.
    """
    from clauses import service
    from clauses.files.archive import pack
    from clauses.files.reader import read_library
    from clauses.service.checking import ANALYSER

    said = service.Announcement(
        version=version, valid_from=inputs.day_of(day), analyser=ANALYSER, changelog=changelog or (version,)
    )
    library = read_library(inputs.files_of(source))
    if unsigned:
        frozen, _warnings = service.checked(library, said)
        files = dict(frozen.files)
    else:
        signed = service.sign(library, said, sealer=_sealer(key, secret_fd, ini))
        frozen, files = signed.frozen, signed.files
    target = output or Path(f"{library.manifest.id}-{version}.zip")
    inputs.write(target, pack(files))
    inputs.show(
        _released(frozen, files, target), f"{target}: {inputs.clauses(len(library.clauses))}", as_json=as_json
    )


def _released(frozen: Frozen, files: Mapping[str, bytes], target: Path) -> dict[str, Any]:
    from clauses.service.freezing import digest

    info = frozen.library.manifest.release
    assert info is not None
    return {
        "version": info.version,
        "manifest_sha256": digest(frozen.manifest),
        "signature": "XAdES" if SIGNATURE in files else None,
        "items": len(frozen.library.clauses),
        "waivers": [{"clause": one.clause, "code": one.code, "reason": one.reason} for one in info.waivers],
        "out": str(target),
    }


def _sealer(key: Path | None, descriptor: int | None, ini: str) -> Sealer:
    """Return what signs: a key of one's own, without time-stamp, or the platform's seal."""
    if key is None:
        with inputs.installation(ini) as runtime:
            found: Sealer = runtime.find(Sealer)
            return found
    from procurement.cli.sign_inputs import secret
    from procurement.core.seal import KeySealer
    from signing.adapters.p12 import P12Holder
    from signing.produce.refusals import ProductionRefused

    passphrase = secret(descriptor, _("Phrase de passe de la clé"))
    try:
        holder = P12Holder(key.read_bytes(), passphrase.encode() or None)
    except ProductionRefused as error:
        inputs.stop(BAD_INPUT, _("%(path)s n’est pas lu : %(why)s."), path=key, why=error.code)
    clock: Clock = SystemClock()
    return KeySealer(lambda: holder, _NoStamp(), clock)


class _NoStamp:
    """No time-stamp authority: a signature made offline says its time itself."""

    def stamp(self, sha256_digest: bytes) -> Token:
        """Refuse, so that the signature is made without."""
        del sha256_digest
        raise TimestampUnavailable("offline")

    def certificates(self) -> list[bytes]:
        """Return none."""
        return []


@click.command("import")
@click.argument("source", type=inputs.PATH)
@click.option(
    "--trust", "given", multiple=True, type=inputs.PATH, metavar="CERT.pem",
    help="Believe what this certificate (PEM or DER) signed, beside this platform's own seal; not what its authority issued.",
)  # fmt: skip
@options.config
@options.as_json
@inputs.told
def import_(source: Path, given: tuple[Path, ...], ini: str, *, as_json: bool) -> None:
    """Load a release (archive or directory) into this installation, once its signature and every hash hold.

    Exit codes: 0 loaded or here already, 1 refused (nothing written), 2 not a library.
    """
    from clauses import service
    from procurement.cli.signature_inputs import Refused, certificates

    files = inputs.files_of(source)
    try:
        trusted = [der for path in given for der in certificates(path)]
    except Refused as error:
        inputs.stop(BAD_INPUT, str(error))
    with inputs.installation(ini) as runtime:
        sealer: Sealer = runtime.find(Sealer)
        now = runtime.clock.now()
        checked = service.check(files, seals=(sealer.chain()[0], *trusted), now=now)
        with runtime.database.write() as session:
            found, new = service.import_release(session, checked, by=None, now=now)
    result = {
        "release": str(found.id),
        "version": found.version,
        "new": new,
        "clauses": len(checked.frozen.library.clauses),
        "signer": checked.signer,
    }
    count = inputs.clauses(len(checked.frozen.library.clauses))
    signed = _("signée par %(who)s") % {"who": checked.signer}
    inputs.show(result, f"{found.version}: {count}, {signed}", as_json=as_json)


@click.command()
@click.argument("version", required=False)
@click.option("-o", "--output", type=inputs.OUT, required=True, help="Where to write the archive.")
@options.config
@options.as_json
@inputs.told
def export(version: str | None, output: Path, ini: str, *, as_json: bool) -> None:
    """Write a release of this installation (the one in force without VERSION) as the archive it came from, byte for byte.

    Exit codes: 0 written, 1 no such release.
    """
    from clauses import queries
    from clauses.files.archive import pack
    from clauses.service.freezing import digest

    with inputs.installation(ini) as runtime:
        chosen = inputs.release_id(runtime, version)
        with runtime.database.read() as session:
            found = queries.release(session, chosen)
            files = queries.files(session, chosen)
    archive = pack(files)
    inputs.write(output, archive)
    result = {"out": str(output), "version": found.version, "sha256": digest(archive), "files": len(files)}
    inputs.show(result, f"{output}: {found.version}", as_json=as_json)


@click.command()
@click.argument("version")
@click.option("--reason", required=True, help="Why, as the journal and the list of releases will say.")
@options.config
@options.as_json
@inputs.told
def withdraw(version: str, reason: str, ini: str, *, as_json: bool) -> None:
    """Take a release out of use for new drafts; those that stand on it keep it. A second time changes nothing.

    Exit codes: 0 withdrawn, 1 no such release, 2 no reason.
    """
    from clauses import service

    with inputs.installation(ini) as runtime:
        chosen = inputs.release_id(runtime, version)
        with runtime.database.write() as session:
            found = service.withdraw(session, chosen, reason, by=None, now=runtime.clock.now())
    assert found.withdrawn_at is not None
    result = {
        "release": str(found.id),
        "version": found.version,
        "withdrawn_at": found.withdrawn_at.isoformat(),
        "reason": found.withdrawn_reason,
    }
    inputs.show(result, f"{found.version}: {found.withdrawn_reason}", as_json=as_json)
