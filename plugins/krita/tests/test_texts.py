"""Texts in the user's language; `plugins/po/Makefile` checks that all are translated."""

import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path
from unittest import mock
from xml.etree import ElementTree

from without_krita import PLUG_IN

from polyinr import texts as shown
from polyinr.operations import OPERATIONS


class TextsTest(unittest.TestCase):
    def test_languages_are_chosen_as_a_user_lists_them(self):
        if shutil.which("msgfmt") is None:
            if os.environ.get("CI"):
                self.fail("msgfmt is missing")
            self.skipTest("msgfmt is missing")
        self.addCleanup(shown.use_languages, [])
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder) / "de/LC_MESSAGES/polyinr.mo"
            made.parent.mkdir(parents=True)
            subprocess.run(["msgfmt", "-o", made, PLUG_IN.parent / "po/de.po"], check=True)
            with mock.patch("polyinr.texts._FOLDER", folder):
                for languages, text in (
                    (["de-AT", "en"], "Erzeugen"),
                    (["fr_FR", "de_DE"], "Erzeugen"),
                    (["en_GB", "de_DE"], "Generate"),
                    (["C"], "Generate"),
                    ([], "Generate"),
                ):
                    shown.use_languages(languages)
                    self.assertEqual(shown._("Generate"), text, languages)

    def test_the_file_of_actions_has_those_that_the_plug_in_makes(self):
        names = {
            action.get("name")
            for action in ElementTree.parse(PLUG_IN / "polyinr.action").iter("Action")
        }
        wanted = {f"polyinr_{operation.name.replace('-', '_')}" for operation in OPERATIONS}
        self.assertEqual(names, wanted | {"polyinr_run", "polyinr_cancel"})


if __name__ == "__main__":
    unittest.main()
