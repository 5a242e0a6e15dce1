"""The committed CPV and NUTS lists against the official kit, when ``PLI_TEST_EFORMS_SDK`` names it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from procurement.core import codes

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def sdk():
    named = os.environ.get("PLI_TEST_EFORMS_SDK")
    if not named:
        pytest.skip("set PLI_TEST_EFORMS_SDK to the eForms SDK (a version folder or its parent)")
    edition = codes.edition().split()[-1]
    folder = Path(named)
    return folder / edition if (folder / edition).is_dir() else folder


def build(sdk, *options):
    command = [sys.executable, ROOT / "tools" / "build_codes.py", "--sdk", sdk, *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_committed_lists_are_what_the_sdk_gives(sdk):
    result = build(sdk, "--check")
    assert (result.returncode, result.stdout) == (0, "")


def test_builder_gives_the_same_bytes_twice(sdk, tmp_path):
    for name in ("one", "two"):
        assert build(sdk, "--out", tmp_path / name).returncode == 0
    for kind in ("cpv.tsv.gz", "nuts.tsv.gz"):
        assert (tmp_path / "one" / kind).read_bytes() == (tmp_path / "two" / kind).read_bytes()


def test_builder_check_tells_a_changed_list(sdk, tmp_path):
    build(sdk, "--out", tmp_path)
    (tmp_path / "cpv.tsv.gz").write_bytes((tmp_path / "nuts.tsv.gz").read_bytes())
    result = build(sdk, "--check", "--out", tmp_path)
    assert (result.returncode, result.stdout.count("is not what this SDK gives")) == (1, 1)


def test_lists_equal_those_the_rules_of_the_sdk_hold(sdk):
    rules = sdk / "schematrons" / "static" / "validation-stage-3b.sch"
    literals = re.findall(r"\(((?:'[^']*',? ?)+)\)", rules.read_text(encoding="utf-8"))
    lists = [re.findall(r"'([^']*)'", literal) for literal in literals]
    assert list(codes.cpv_codes()) in lists
    assert list(codes.nuts_codes()) in lists


def test_builder_without_a_kit_says_what_was_expected(tmp_path):
    result = build(tmp_path)
    assert (result.returncode, "holds no eForms SDK" in result.stderr) == (1, True)
