"""Canonical forms against a second engine: random documents, digested by xmlsec's library and read by ours."""

import random

import pytest
import xmlsec
from lxml import etree

from signing.xades import read
from tests.signing import pki
from tests.signing import xades_builder as make
from tests.signing.xades_builder import Plan, Ref, detached, transform

FORMS = [make.C14N, make.C14N + "#WithComments", make.EXC, make.EXC + "WithComments", make.C14N_11]
LEAVING_OUT = [transform(make.ENVELOPED), make.SUBTRACT, make.NOT_SIGNATURES]
SPECIAL = {
    "xml:lang": ["fr", "en"],
    "xml:space": ["default", "preserve"],
    "xml:base": ["http://x/a/", "b/", "../c"],
}
BETWEEN = ["texte &#13;&amp; <![CDATA[<x>]]>", "<!--c-->", "<?pi d?>", ""]


class Drawn:
    """A document drawn at random: namespaces declared, hidden and undeclared, and everything that is inherited."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.identifiers = 0

    def element(self, depth: int, scope: dict[str, str], inner: str = "") -> str:
        """Write an element whose prefixes are all in scope; ``inner`` stands last in it."""
        scope = dict(scope)
        declared = self._declare(scope)
        prefix = self.draw.choice([*(name for name in scope if name), ""])
        tag = (f"{prefix}:" if prefix else "") + self.draw.choice("efg")
        children = "".join(
            self.draw.choice(BETWEEN) + self.element(depth + 1, scope)
            for _ in range(self.draw.randint(0, 3) if depth < 4 else 0)
        )
        return f"<{tag}{declared}{self._attributes(scope)}>{children}{inner}</{tag}>"

    def _declare(self, scope: dict[str, str]) -> str:
        written = ""
        for prefix in ("", "p", "q", "ds", "xades"):
            if self.draw.random() < 0.25:
                scope[prefix] = self.draw.choice(["urn:a", "urn:b", *([""] if not prefix else [])])
                written += f' xmlns{":" if prefix else ""}{prefix}="{scope[prefix]}"'
        return written

    def _attributes(self, scope: dict[str, str]) -> str:
        written, used = "", set()
        for prefix, uri in scope.items():
            if prefix and uri not in used and self.draw.random() < 0.3:
                used.add(uri)
                written += f' {prefix}:k="&#{self.draw.choice([9, 10, 13, 34, 60])};é"'
        for name, values in SPECIAL.items():
            if self.draw.random() < 0.2:
                written += f' {name}="{self.draw.choice(values)}"'
        if self.draw.random() < 0.2:
            # The parser refuses the same xml:id twice.
            self.identifiers += 1
            written += f' xml:id="i-{self.identifiers}"'
        return written + (' z="1"' if self.draw.random() < 0.3 else "")


def signed(seed: int) -> bytes:
    drawn = Drawn(seed)
    draw = drawn.draw
    form = draw.choice(FORMS)
    perhaps = (transform(form),) if draw.random() < 0.6 else ()
    references = [
        detached("#a-1", *perhaps),
        Ref("", (draw.choice(LEAVING_OUT), *perhaps), id="r-2"),
        Ref("#xpointer(id('a-1'))", (transform(form),), id="r-3"),
    ]
    plan = Plan(references, c14n=form, inner_transforms=perhaps)
    target = f'<cible Id="a-1">{drawn.element(1, {})}</cible>'
    root = etree.fromstring(drawn.element(4, {}, inner=target + make.template(plan)))
    (signature,) = root.iter(f"{{{make.DS}}}Signature")
    (cible,) = [one for one in root.iter() if one.get("Id") == "a-1"]
    context = xmlsec.SignatureContext()
    holder = pki.signer("good", "rsa")
    context.key = xmlsec.Key.from_memory(holder.key_pem, xmlsec.constants.KeyDataFormatPem)
    context.register_id(cible, "Id")
    context.register_id(next(signature.iter(f"{{{make.XADES}}}SignedProperties")), "Id")
    context.sign(signature)
    return make.written(root)


@pytest.mark.parametrize("block", range(4))
def test_same_digests(block: int):
    for seed in range(block * 50, block * 50 + 50):
        (facts,) = read(signed(seed), name="a.xml")

        assert [one.intact for one in facts.references] == [True] * 4, seed
        assert facts.value_intact and not facts.structure_errors, seed
