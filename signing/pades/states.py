"""The states of one document: the last one, and each one that a signature covers, as it was when it was signed."""

from dataclasses import dataclass, field

from signing.containers.pdf import BLANKS, revision_ends
from signing.pades.comparison import Budget
from signing.pades.dss import Store, read_store
from signing.pades.fields import Form, form
from signing.pades.objects import Pdf, PdfUnreadable, root


@dataclass(frozen=True, slots=True)
class State:
    """A document as it stood at one moment."""

    pdf: Pdf
    form: Form
    store: Store


@dataclass(slots=True)
class States:
    """A document and its earlier states, each read once from the bytes that were then the whole file.

    A state is read from those bytes alone: nothing that was appended later can alter what the signer saw.
    """

    data: bytes = field(repr=False)
    last: State
    #: Where the revisions end, in file order.
    ends: list[int]
    #: What comparing the states may cost, all signatures together.
    budget: Budget
    _known: dict[int, State | None] = field(default_factory=dict)

    def at(self, end: int) -> State | None:
        """Return the state whose revision ends at an offset, None when it cannot be read."""
        if not self.data[end:].strip(BLANKS):
            return self.last
        if end not in self._known:
            self._known[end] = _read(self.data[:end], self.last.pdf)
        return self._known[end]

    def number(self, end: int) -> int:
        """Return the number of the revision that ends at an offset, from 1."""
        return max(1, sum(1 for other in self.ends if other <= end))

    def bytes_after(self, end: int) -> int:
        """Return how many bytes follow both an offset and the last revision, blanks aside: no revision has them."""
        return len(self.data[max(end, *self.ends, 0) :].strip(BLANKS))

    def all_stores(self) -> Store:
        """Return the material of the last state and of every state that was read."""
        found = Store()
        for state in (self.last, *self._known.values()):
            if state is not None:
                found.add(state.store)
        return found


def open_states(data: bytes) -> States:
    """Read the last state of a document; raises PdfUnreadable, or PdfEncrypted."""
    from signing._pyhanko_pdf import Document

    pdf = Document(data)
    if not root(pdf):
        raise PdfUnreadable("no document catalogue")
    last = State(pdf, form(pdf), read_store(pdf))
    return States(data, last, revision_ends(data, pdf.startxrefs()), Budget(len(data)))


def _read(data: bytes, later: Pdf) -> State | None:
    from signing._pyhanko_pdf import Document

    try:
        pdf = Document(data, later)
        return State(pdf, form(pdf), read_store(pdf))
    except PdfUnreadable:
        return None
