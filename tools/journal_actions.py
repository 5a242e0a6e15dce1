"""Find every action that the source writes into the journal, and say in a sentence what each one means."""

import ast
import re

from error_codes import modules, nodes

from procurement.core.permissions import Permission

ACTION = re.compile(r"(?:core|accounts|signatures|dume|consultations|clauses|bids|notices):[a-z_]+:[a-z_]+")
_PREFIX = re.compile(r"(?:core|accounts|signatures|dume|consultations|clauses|bids|notices):[a-z_]+:")
#: What each action means. An action without a sentence, or a sentence without action, stops the tool.
MEANINGS = {
    "accounts:client:created": "An API client was made, in the sandbox or by an organisation.",
    "accounts:client:key_added": "An API client got another secret or public key; the secret is not in the entry.",
    "accounts:client:key_revoked": "A key of an API client was revoked.",
    "accounts:client:mandate_recorded": "A buyer's mandate for an API client was recorded: signatory, dates, scopes.",
    "accounts:client:mandate_withdrawn": "A buyer's mandate for an API client ended.",
    "accounts:client:moved": "An API client went from sandbox to qualification or production, or back.",
    "accounts:client:owner_given": "An API client was attached to an organisation.",
    "accounts:client:platform_named": "An API client was tied to a platform of the exchanges with Service DUME.",
    "accounts:client:return_urls_changed": "The return addresses of an API client changed.",
    "accounts:client:revoked": "An API client was revoked.",
    "accounts:client:scopes_changed": "The scopes of an API client changed.",
    "accounts:email:asked": "A person asked to change the address; a link went to the new one.",
    "accounts:email:changed": "A person confirmed a new address.",
    "accounts:invitation:accepted": "An invited person joined the organisation.",
    "accounts:invitation:sent": "An administrator, or `pli account invite`, invited a person; the address is not in the entry.",
    "accounts:invitation:withdrawn": "An invitation was taken back.",
    "accounts:organisation:corrected": "An administrator changed a declared name or address; the old ones are in the entry.",
    "accounts:organisation:created": "A buyer or a company was registered.",
    "accounts:password:changed": "A person changed the password; other sign-ins ended.",
    "accounts:password:reset": "A person set a new password with a mailed link.",
    "accounts:password:reset_asked": "A link to set a new password was sent to an account.",
    "accounts:person:changed": "A person changed the name or the language of the account.",
    "accounts:person:created": "An account was created.",
    "accounts:role:granted": "A role was given to a person.",
    "accounts:role:withdrawn": "A role was taken from a person.",
    "accounts:second_factor:enrolled": "A person confirmed a second factor.",
    "accounts:second_factor:prepared": "A person began to set up a second factor.",
    "accounts:second_factor:recovery_codes_made": "New recovery codes replaced the old ones.",
    "accounts:second_factor:removed": "A person removed the second factor.",
    "accounts:service:added": "A purchasing service was added.",
    "accounts:service:closed": "A purchasing service was closed.",
    "accounts:service:renamed": "A purchasing service was renamed.",
    "accounts:session:ended": "A sign-in ended by a person's act.",
    "accounts:session:opened": "A person signed in.",
    "accounts:session:refused": "A sign-in was refused.",
    "accounts:session:switched": "A person went on acting for another of the organisations.",
    "bids:deposit:committed": "A bid was deposited: the final act, with its instant, the deadline and the receipt's hash.",
    "bids:deposit:damaged": "Checking the store found a deposited object that is not what it was.",
    "bids:deposit:scrubbed": "Checking the store found every object of a deposit intact.",
    "bids:deposit:started": "The first byte of a deposit's first file arrived.",
    "bids:deposit:withdrawn": "A company withdrew a bid before the deadline.",
    "bids:draft:created": "A company began to prepare a deposit.",
    "bids:envelope:open_failed": "An envelope could not be opened; the entry says why.",
    "bids:envelope:opened": "An envelope was decrypted and every file compared with its commitment.",
    "bids:envelope:reported": "An agent's browser could not unwrap a key packet.",
    "bids:key:added": "A certificate was registered as a bid key.",
    "bids:key:challenged": "A rehearsal began.",
    "bids:key:rehearsal_failed": "A rehearsal was answered wrongly.",
    "bids:key:rehearsed": "A holder proved to have the key of the certificate.",
    "bids:key:revoked": "A bid key was revoked.",
    "bids:key_set:chosen": "A version of the key set of a consultation was chosen.",
    "bids:minutes:sealed": "The platform's seal was put on the minutes of an opening.",
    "bids:opening:finished": "Nothing is left to open; the minutes are written.",
    "bids:opening:refused": "An opening was tried too early, by somebody who may not, or without second factor.",
    "bids:opening:secrets": "An agent handed over the secrets of envelopes.",
    "bids:opening:started": "An agent began an opening after the deadline.",
    "bids:receipt:sealed": "The platform's seal was put on a receipt.",
    "bids:receipt:stamped": "The time-stamp of a receipt arrived.",
    "bids:signatures:asked_again": "An agent asked for another verification of the signatures of an opened bid.",
    "bids:store:swept": "Objects that no row names were removed from the store.",
    "clauses:draft:commented": "Somebody wrote a remark on a contract document.",
    "clauses:draft:conflicted": "A save came after another of the same field; both texts are kept in the draft's history.",
    "clauses:draft:duplicated": "A contract document was made of another one.",
    "clauses:draft:exported": "A file was made of a contract document; the entry holds its hash.",
    "clauses:draft:facts_applied": "What changed in the consultation was taken over into a contract document.",
    "clauses:draft:frozen": "A contract document was frozen with its publication; the entry holds the hashes of its files.",
    "clauses:draft:read_back": "An edited Word file was read back into a contract document.",
    "clauses:draft:returned": "A contract document was given back to be written further.",
    "clauses:draft:started": "A contract document was begun.",
    "clauses:draft:submitted": "A contract document was handed over for validation.",
    "clauses:draft:upgrade_undone": "The upgrade of a contract document was taken back.",
    "clauses:draft:upgraded": "A contract document was brought to another release of the library.",
    "clauses:draft:validated": "A contract document was validated by another person.",
    "clauses:library:adaptation_removed": "An adaptation of a clause was taken back.",
    "clauses:library:adapted": "A ministry, an entity or an agent adapted a clause.",
    "clauses:library:cover_kept": "A ministry or an entity gave its documents a cover page; the entry holds its hash and that of its logo.",
    "clauses:library:cover_removed": "A cover page of a layer was withdrawn.",
    "clauses:library:drift_acknowledged": "Somebody saw that an adapted clause changed above, and kept the adaptation.",
    "clauses:library:moved": "A layer was put under another one: what it adapts was kept.",
    "clauses:library:released": "The adaptations of a layer were released.",
    "clauses:release:imported": "A signed release of the clause library was loaded.",
    "clauses:release:released": "A release of the clause library was made here.",
    "clauses:release:withdrawn": "A release was taken out of use for new drafts; the entry holds the reason.",
    "consultations:consultation:created": "A draft was begun.",
    "consultations:consultation:deadline_extended": "The deadline of a published consultation was put back.",
    "consultations:consultation:edited": "A section of a draft was changed.",
    "consultations:consultation:imported": "A draft was begun from an imported notice.",
    "consultations:consultation:opened": "The consultation's bids were opened.",
    "consultations:consultation:published": "The consultation became public.",
    "consultations:document:added": "A tender document was added.",
    "consultations:document:labelled": "A tender document was given another label.",
    "consultations:document:removed": "A tender document was removed.",
    "consultations:document:withdrawn": "Somebody downloaded tender documents (register of withdrawals).",
    "core:webhook:changed": "A webhook's address, events or state changed.",
    "core:webhook:created": "A webhook was subscribed.",
    "core:webhook:deleted": "A webhook was deleted.",
    "core:webhook:disabled": "A webhook was disabled because its receiver answered 410.",
    "core:webhook:rotated": "A webhook got a new secret.",
    "dume:document:consortium_started": "A company began a consortium around its response.",
    "dume:document:created": "A DUME was begun.",
    "dume:document:deadline_moved": "The deadline of the consultation a request goes with was moved.",
    "dume:document:deleted": "A DUME was deleted; its content is kept.",
    "dume:document:deposited": "A response was joined to a sealed bid.",
    "dume:document:evidence_attached": "A company attached a proof to its response; the entry holds its hash.",
    "dume:document:evidence_detached": "A company took a proof off its response.",
    "dume:document:freshness_checked": "After the opening the sources of a response were asked again.",
    "dume:document:handed_over": "An API client made a hand-over link.",
    "dume:document:handover_begun": "A browser took a hand-over up; the link alone is dead since.",
    "dume:document:handover_completed": "A person finished a hand-over and went back to the vendor's platform.",
    "dume:document:merged": "A response was merged with a newer request.",
    "dume:document:opened": "A response was opened with its bid: its buyer may read it since.",
    "dume:document:opening_stated": "A vendor stated that the opening of a request's bids took place.",
    "dume:document:prefill_started": "Public registers were asked about a company; the entry names no value.",
    "dume:document:published": "A DUME was published.",
    "dume:document:replaced": "A newer DUME took the place of this one.",
    "dume:document:rewritten": "The content of a draft was replaced from a file, through the operation names of Service DUME.",
    "dume:document:validated": "A DUME was validated; the entry holds the hash of its revision.",
    "dume:document:withdrawn": "The bid that a response was joined to was withdrawn.",
    "dume:member:invited": "A company was invited into a consortium.",
    "dume:member:joined": "A company joined a consortium.",
    "dume:member:left": "A company left a consortium.",
    "dume:member:removed": "The lead removed a member of a consortium, or took an invitation back.",
    "signatures:evidence:stamped": "A time-stamp over the evidence of a verdict was kept beside it; the entry holds the hashes of both.",
    "signatures:identity:confirmed": "An agent confirmed who signed for a party; the entry holds the name as he confirms it and the digest of the certificate.",
    "signatures:job:claimed": "A helper took a signing job by its one-time code; the entry holds the hashes of what it signs.",
    "signatures:job:code_given": "A one-time code for a signing job was given to somebody of the party.",
    "signatures:job:signed": "A party's signature was verified and kept; the entry holds the hashes of the certificate, of what was signed and of what came of it.",
    "signatures:signing:opened": "Documents were given to one or several parties to sign.",
    "signatures:verdict:kept": "What was found of a file's signatures was kept; the entry holds the hashes of the report and of the evidence.",
    "notices:notice:imported": "A notice was read into a draft.",
}


def found() -> dict[str, list[str]]:
    """Return the modules that write each action, by action."""
    written: dict[str, set[str]] = {}
    trees = modules()
    for path, tree in trees.items():
        for action in [*_plain(tree), *_put_together(path, tree, trees)]:
            written.setdefault(action, set()).add(path)
    return {action: sorted(paths) for action, paths in sorted(written.items())}


def _plain(tree: ast.Module) -> list[str]:
    """Return the actions that stand whole in the argument ``action`` of a call, or in a choice between two."""
    permissions = {str(permission) for permission in Permission}
    shown = {
        id(key) for node in nodes(tree) if isinstance(node, ast.Dict) for key in node.keys if key is not None
    }  # Tables of labels only show what was written elsewhere.
    return [
        node.value
        for node in nodes(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and ACTION.fullmatch(node.value)
        and node.value not in permissions
        and id(node) not in shown
    ]


def _put_together(path: str, tree: ast.Module, trees: dict[str, ast.Module]) -> list[str]:
    """Return the actions whose verb is a parameter of the function that writes them, wherever that is called."""
    actions = []
    for function in nodes(tree):
        if isinstance(function, ast.FunctionDef):
            for prefix, parameter in _prefixes(function):
                callers = [tree, *_importers(path, function.name, trees)]
                for caller in callers:
                    actions += [prefix + verb for verb in _verbs(caller, function, parameter)]
    return actions


def _importers(path: str, name: str, trees: dict[str, ast.Module]) -> list[ast.Module]:
    """Return the modules that import a function by its name."""
    dotted = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return [
        tree
        for tree in trees.values()
        if any(
            isinstance(node, ast.ImportFrom)
            and node.module == dotted
            and any(alias.name == name and alias.asname is None for alias in node.names)
            for node in nodes(tree)
        )
    ]


def _prefixes(function: ast.FunctionDef) -> list[tuple[str, str]]:
    found = []
    for node in nodes(function):
        if isinstance(node, ast.JoinedStr) and len(node.values) == 2:  # noqa: PLR2004  # a prefix and a verb
            start, verb = node.values
            if isinstance(start, ast.Constant) and _PREFIX.fullmatch(str(start.value)):
                assert isinstance(verb, ast.FormattedValue)
                assert isinstance(verb.value, ast.Name)
                found.append((str(start.value), verb.value.id))
    return found


def _verbs(tree: ast.Module, function: ast.FunctionDef, parameter: str) -> list[str]:
    """Return the verbs given to a parameter; one that is handed on is looked for where it comes from."""
    position = [argument.arg for argument in function.args.args].index(parameter)
    verbs = []
    for call in _calls(tree, function.name):
        if len(call.args) <= position:
            continue
        given = call.args[position]
        outer = next((one for one in _enclosing(tree, call) if isinstance(given, ast.Name)), None)
        if outer is not None and isinstance(given, ast.Name):
            verbs += (
                _verbs(tree, outer, given.id) if given.id in [each.arg for each in outer.args.args] else []
            )
        else:
            verbs += [str(node.value) for node in nodes(given) if isinstance(node, ast.Constant)]
    return verbs


def _calls(tree: ast.Module, function: str) -> list[ast.Call]:
    return [
        node
        for node in nodes(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == function
    ]


def _enclosing(tree: ast.Module, call: ast.Call) -> list[ast.FunctionDef]:
    return [
        node
        for node in nodes(tree)
        if isinstance(node, ast.FunctionDef) and any(inner is call for inner in nodes(node))
    ]
