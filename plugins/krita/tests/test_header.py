"""api.py declares what the C header does."""

import re
import unittest

import without_krita  # noqa: F401  It knows where the package is.
from header import HEADER, differences, read


class HeaderTest(unittest.TestCase):
    def setUp(self):
        self.text = HEADER.read_text()

    def test_declarations_are_those_of_the_header(self):
        self.assertEqual(differences(self.text), [])

    def test_the_whole_header_is_read(self):
        header = read(self.text)
        code = re.sub(r"/\*.*?\*/", "", self.text, flags=re.S)
        self.assertEqual(len(header.functions), len(re.findall(r"\bpolyinr_\w+\(", code)))
        self.assertEqual(len(header.enums), self.text.count("typedef enum"))
        self.assertEqual(len(header.structs), self.text.count("typedef struct"))

    def test_every_kind_of_change_is_found(self):
        changes = {
            "an argument's type": (
                "options,\n                                                      uint32_t seed",
                "options,\n uint64_t seed",
            ),
            "an argument more": (
                "polyinr_version_number(void)",
                "polyinr_version_number(uint32_t x)",
            ),
            "a result": ("uint32_t polyinr_version_number", "uint64_t polyinr_version_number"),
            "a name": ("polyinr_field_mix(", "polyinr_field_blend("),
            "an enum's value": ("POLYINR_CHANNELS_BGRA = 4", "POLYINR_CHANNELS_BGRA = 5"),
            "an enum's new value": (
                "POLYINR_SAMPLE_F32 = 3",
                "POLYINR_SAMPLE_F32 = 3, POLYINR_SAMPLE_F64 = 4",
            ),
            "a member's type": ("size_t stride;", "uint32_t stride;"),
            "a member's name": ("double pivot_psnr;", "double best_psnr;"),
            "a callback": (
                "(*polyinr_progress)(void *user_data, uint64_t done",
                "(*polyinr_progress)(void *user_data, uint32_t done",
            ),
            "a constant": ("#define POLYINR_AMOUNT_AUTO -1.0", "#define POLYINR_AMOUNT_AUTO -2.0"),
            "the version": ("#define POLYINR_VERSION_MINOR 1", "#define POLYINR_VERSION_MINOR 2"),
        }
        for what, (old, new) in changes.items():
            with self.subTest(what):
                self.assertIn(old, self.text)
                self.assertEqual(len(differences(self.text.replace(old, new))), 1)


if __name__ == "__main__":
    unittest.main()
