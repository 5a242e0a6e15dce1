"""Find every action that the source writes into the journal, and say in a sentence what each one means."""

import ast
import re

from error_codes import modules

from procurement.core.permissions import Permission

ACTION = re.compile(r"(?:accounts|consultations|bids|notices):[a-z_]+:[a-z_]+")
_PREFIX = re.compile(r"(?:accounts|consultations|bids|notices):[a-z_]+:")
#: What each action means. An action without a sentence, or a sentence without action, stops the tool.
MEANINGS = {
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
    "bids:opening:finished": "Nothing is left to open; the minutes are written.",
    "bids:opening:refused": "An opening was tried too early, by somebody who may not, or without second factor.",
    "bids:opening:secrets": "An agent handed over the secrets of envelopes.",
    "bids:opening:started": "An agent began an opening after the deadline.",
    "bids:receipt:stamped": "The time-stamp of a receipt arrived.",
    "bids:store:swept": "Objects that no row names were removed from the store.",
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
    "notices:notice:imported": "A notice was read into a draft.",
}


def found() -> dict[str, list[str]]:
    """Return the modules that write each action, by action."""
    written: dict[str, set[str]] = {}
    for path, tree in modules().items():
        for action in [*_plain(tree), *_put_together(tree)]:
            written.setdefault(action, set()).add(path)
    return {action: sorted(paths) for action, paths in sorted(written.items())}


def _plain(tree: ast.Module) -> list[str]:
    """Return the actions that stand whole in the argument ``action`` of a call, or in a choice between two."""
    permissions = {str(permission) for permission in Permission}
    shown = {
        id(key)
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict)
        for key in node.keys
        if key is not None
    }  # Tables of labels only show what was written elsewhere.
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and ACTION.fullmatch(node.value)
        and node.value not in permissions
        and id(node) not in shown
    ]


def _put_together(tree: ast.Module) -> list[str]:
    """Return the actions whose verb is a parameter of the function that writes them."""
    actions = []
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            for prefix, parameter in _prefixes(function):
                names = [argument.arg for argument in function.args.args]
                verbs = _verbs(tree, function.name, names.index(parameter))
                actions += [prefix + verb for verb in verbs]
    return actions


def _prefixes(function: ast.FunctionDef) -> list[tuple[str, str]]:
    found = []
    for node in ast.walk(function):
        if isinstance(node, ast.JoinedStr) and len(node.values) == 2:  # noqa: PLR2004  # a prefix and a verb
            start, verb = node.values
            if isinstance(start, ast.Constant) and _PREFIX.fullmatch(str(start.value)):
                assert isinstance(verb, ast.FormattedValue)
                assert isinstance(verb.value, ast.Name)
                found.append((str(start.value), verb.value.id))
    return found


def _verbs(tree: ast.Module, function: str, position: int) -> list[str]:
    calls = [
        node.args[position]
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == function
    ]
    return [str(node.value) for given in calls for node in ast.walk(given) if isinstance(node, ast.Constant)]
