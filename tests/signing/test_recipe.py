"""The how-to page "Open a bid without Pli", run as it is written."""

import hashlib
import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "open-a-bid-without-pli.md"


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)


def test_recipe_opens_a_bid(sealed, holders, tmp_path):
    holders["p384"].write(tmp_path)
    (tmp_path / "p384.key").rename(tmp_path / "holder.key")
    (tmp_path / "p384.crt").rename(tmp_path / "holder.crt")
    (tmp_path / "bid.pli").write_bytes(sealed.path.read_bytes())
    (script,) = blocks("python")
    (tmp_path / "open.py").write_text(script)
    envelope = str(sealed.deposit.descriptor.envelopes[1].envelope)
    for command in blocks("sh"):
        line = command.replace("python3", sys.executable).replace("$ENVELOPE", envelope)
        subprocess.run(["sh", "-ec", line], cwd=tmp_path, check=True)
    line = [sys.executable, "open.py", "bid", envelope, "packet.json", "out"]
    listed = subprocess.run(line, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    rows = [row.split() for row in listed.splitlines()]
    assert [row[1] for row in rows] == ["prix.pdf", "vide.txt"]
    for path, name, algorithm, value in rows:
        content = (tmp_path / "out" / path).read_bytes()
        assert content == sealed.sources[name]
        assert (algorithm, value) == ("sha256", hashlib.sha256(content).hexdigest())
