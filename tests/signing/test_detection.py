"""What is seen of signatures without checking them."""

from signing import detection


def test_signatures_are_noticed_not_judged(tmp_path):
    files = {
        "a.pdf": b"%PDF-" + bytes(detection.READ_BYTES - 10) + b"/ByteRange [0 1]",
        "b.pdf": b"%PDF- plain",
        "c.doc": b"c",
        "c.doc.p7s": b"token",
        "d.p7s": b"token",
        "e.p7m": b"signed",
        "f.xml": b'<a xmlns="http://www.w3.org/2000/09/xmldsig#"/>',
        "g.xml": b"<a/>",
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    paths = [tmp_path / name for name in files]
    found = {path.name: note.status.value for path, note in zip(paths, detection.notes(paths), strict=True)}
    assert found == {
        "a.pdf": "present-not-checked",
        "b.pdf": "not-signed",
        "c.doc": "present-not-checked",
        "c.doc.p7s": "present-not-checked",
        "d.p7s": "orphan-token",
        "e.p7m": "present-not-checked",
        "f.xml": "present-not-checked",
        "g.xml": "not-signed",
    }
