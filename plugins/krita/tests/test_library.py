"""Which library is opened, and what is said when there is none."""

import ctypes
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from without_krita import PLUG_IN, LibraryTest

from polyinr import library
from polyinr.api import FILE_NAME, EngineHandle, ModelHandle, open_library
from polyinr.errors import PolyinrError
from polyinr.objects import engine_choice, engine_names, model_names
from polyinr.session import Kind, Preferences, Session


class OpeningTest(unittest.TestCase):
    def setUp(self):
        patch = mock.patch.dict(os.environ)
        patch.start()
        self.addCleanup(patch.stop)
        os.environ.pop("POLYINR_LIBRARY", None)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_a_missing_library_says_where_it_was_looked_for(self):
        # By a name that the system has not either.
        name = mock.patch("polyinr.api.FILE_NAME", "libpolyinr.so.9")
        with name, self.assertRaises(PolyinrError) as caught:
            open_library(self.folder)
        text = str(caught.exception)
        self.assertIn(f"here: {self.folder / 'libpolyinr.so.9'}, libpolyinr.so.9.", text)
        self.assertIn(f"into the folder {self.folder}", text)

    def test_a_named_library_is_the_only_one(self):
        os.environ["POLYINR_LIBRARY"] = "/nowhere/libpolyinr.so"
        with self.assertRaisesRegex(PolyinrError, "here: /nowhere/libpolyinr.so. Install"):
            open_library(self.folder)

    def test_another_library_is_refused(self):
        os.environ["POLYINR_LIBRARY"] = "libc.so.6"
        with self.assertRaisesRegex(PolyinrError, "libc.so.6 has no polyinr_version_number"):
            open_library(self.folder)

    def test_a_damaged_library_beside_the_plug_in_is_not_passed_over(self):
        (self.folder / FILE_NAME).write_bytes(b"no library")
        with self.assertRaisesRegex(PolyinrError, "file too short|invalid ELF header"):
            open_library(self.folder)


class LoadedTest(LibraryTest):
    def test_another_series_is_refused(self):
        with (
            mock.patch("polyinr.api.VERSION_MINOR", 2),
            self.assertRaisesRegex(
                PolyinrError, r"is version 0\.1\.\d+, and this plug-in needs 0\.2"
            ),
        ):
            open_library(PLUG_IN)

    def test_the_library_beside_the_plug_in_is_found(self):
        with tempfile.TemporaryDirectory() as folder:
            beside = Path(folder) / FILE_NAME
            beside.symlink_to(os.path.abspath(os.environ["POLYINR_LIBRARY"]))
            with mock.patch.dict(os.environ):
                del os.environ["POLYINR_LIBRARY"]
                self.assertEqual(open_library(Path(folder)).path, str(beside))

    def test_engines_say_why_they_compute(self):
        self.assertIn("cpu", engine_names(self.session.library))
        reason, others = self.session.engine_reason()
        self.assertRegex(reason, r"^\w+: the fastest engine that runs here$")
        best, reasons = engine_choice(self.session.library)
        self.assertTrue(reason.startswith(f"{best}: "))
        self.assertEqual(others, reasons)
        names = engine_names(self.session.library)
        self.assertEqual(len(others.splitlines()), names.index(best))
        self.assertEqual(self.session.problem_of("cpu"), "")
        chosen = Session(self.session.library, Preferences(engine="cpu", threads=1))
        self.assertEqual(chosen.engine_reason(), ("cpu, as chosen", ""))
        wrong = Session(self.session.library, Preferences(engine="abacus"))
        self.assertIn("abacus", wrong.engine_reason()[0])

    def test_handles_of_other_kinds_are_refused(self):
        library = self.session.library
        with self.assertRaises(ctypes.ArgumentError):
            library.ask("model_kind", EngineHandle())
        self.assertEqual(library.ask("model_kind", ModelHandle()), Kind.NONE)

    def test_models_are_listed_also_from_the_chosen_folder(self):
        names = model_names(self.session.library, Kind.GENERATOR)
        self.assertEqual(names[0], "flowers")
        self.assertNotIn("tiny", names)
        model = PLUG_IN.parents[1] / "fuzz/corpus/model/generator.safetensors"
        with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ):
            (Path(folder) / "tiny.safetensors").symlink_to(model)
            library.prefer(Preferences(models=folder))
            self.assertIn("tiny", model_names(self.session.library, Kind.GENERATOR))
            library.prefer(Preferences())
        self.assertNotIn("tiny", model_names(self.session.library, Kind.GENERATOR))

    def test_the_package_needs_no_krita(self):
        code = "import sys, polyinr; sys.exit('krita' in sys.modules)"
        subprocess.run([sys.executable, "-c", code], cwd=PLUG_IN, check=True)


if __name__ == "__main__":
    unittest.main()
