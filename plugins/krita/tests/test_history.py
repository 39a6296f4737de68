"""What is kept of results."""

import json
import tempfile
import unittest
from pathlib import Path

import without_krita  # noqa: F401  It knows where the package is.

from polyinr.errors import PolyinrError
from polyinr.history import MOST, History
from polyinr.operations import GENERATE, INVERT


class HistoryTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "polyinr/history.json"

    def test_entries_are_there_again(self):
        history = History(self.path)
        for seed in (1, 2):
            history.add(GENERATE, GENERATE.complete({"seed": seed, "class": "roses"}), "cG5n")
        kept = History(self.path).entries
        self.assertEqual([entry.values["seed"] for entry in kept], [2, 1])
        self.assertEqual(kept, history.entries)
        self.assertEqual(kept[0].describe(), "Generate\nClass: roses\nSeed: 2")
        self.assertEqual(list(self.path.parent.iterdir()), [self.path])

    def test_the_same_again_comes_to_the_front(self):
        history = History(self.path)
        for seed in (1, 2, 1):
            history.add(GENERATE, GENERATE.complete({"seed": seed}), "")
        self.assertEqual([entry.values["seed"] for entry in history.entries], [1, 2])

    def test_only_so_many_are_kept(self):
        history = History(self.path)
        for seed in range(MOST + 3):
            history.add(INVERT, INVERT.complete({"seed": seed}), "")
        self.assertEqual(len(History(self.path).entries), MOST)
        history.clear()
        self.assertEqual(History(self.path).entries, [])

    def test_what_cannot_be_understood_is_left_out(self):
        good = {"operation": "generate", "values": {"seed": 4}, "thumbnail": ""}
        self.path.parent.mkdir()
        for text, count in (
            ("no JSON", 0),
            ("{}", 0),
            (json.dumps([good, {}, 5, good | {"operation": "sharpen"}]), 1),
            (json.dumps([good | {"values": {"seed": -1}}, good | {"values": {"new": 1}}]), 0),
        ):
            self.path.write_text(text)
            self.assertEqual(len(History(self.path).entries), count, text)

    def test_a_file_that_cannot_be_written_is_told(self):
        self.path.parent.write_text("a file where the folder should be")
        with self.assertRaisesRegex(PolyinrError, "The history cannot be kept: "):
            History(self.path).add(GENERATE, GENERATE.complete({}), "")


if __name__ == "__main__":
    unittest.main()
