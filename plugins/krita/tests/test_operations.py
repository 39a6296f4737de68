"""What operations ask for."""

import json
import re
import unittest

from without_krita import PLUG_IN, LibraryTest

from polyinr.errors import PolyinrError
from polyinr.objects import extend_method_names, level_group_names
from polyinr.operations import (
    EXTEND,
    GENERATE,
    INVERT,
    OPERATIONS,
    SUPER_RESOLVE,
    Takes,
    find,
)


class OperationsTest(unittest.TestCase):
    def test_first_values_are_possible(self):
        for operation in OPERATIONS:
            self.assertEqual(operation.complete({}), operation.defaults())

    def test_names_lead_to_operations(self):
        for operation in OPERATIONS:
            self.assertIs(find(operation.name), operation)
        with self.assertRaisesRegex(PolyinrError, '"sharpen"; there are super-resolve, generate'):
            find("sharpen")

    def test_values_out_of_range_are_refused(self):
        for operation in OPERATIONS:
            for parameter in operation.parameters:
                if parameter.takes not in (Takes.REAL, Takes.WHOLE, Takes.SEED):
                    continue
                for value in (parameter.least - 1, parameter.most + 1, "1", float("nan")):
                    with self.assertRaisesRegex(
                        PolyinrError, f"^{parameter.name}: .* is not possible"
                    ):
                        operation.complete({parameter.name: value})

    def test_parts_of_numbers_are_refused_where_they_make_no_sense(self):
        with self.assertRaisesRegex(PolyinrError, "seed: 1.5 is not possible; give a whole number"):
            GENERATE.complete({"seed": 1.5})
        self.assertEqual(GENERATE.complete({"seed": 7.0})["seed"], 7)

    def test_other_choices_and_parameters_are_refused(self):
        with self.assertRaisesRegex(PolyinrError, 'unit: "inches" is not one of percent, pixels'):
            EXTEND.complete({"unit": "inches"})
        with self.assertRaisesRegex(PolyinrError, "scale: super-resolve has no such parameter"):
            SUPER_RESOLVE.complete({"scale": 2})

    def test_kept_values_are_recalled_as_far_as_they_are_valid(self):
        kept = {"factor": 3, "width": -1, "model": 5, "unknown": 1}
        expected = SUPER_RESOLVE.defaults() | {"factor": 3.0}
        self.assertEqual(SUPER_RESOLVE.recall(kept), expected)
        self.assertEqual(SUPER_RESOLVE.recall(None), SUPER_RESOLVE.defaults())

    def test_documents_give_the_defaults(self):
        given = re.compile(r'((?:`[\w-]+`, )*`[\w-]+`) ([\d.]+|"[^"]*")')
        for host, prefix in (("gimp", "plug-in-polyinr-"), ("krita", "")):
            lines = (PLUG_IN.parent / host / "README.md").read_text(encoding="utf-8").splitlines()
            for operation in OPERATIONS:
                start = f"| `{prefix}{operation.name}` |"
                row = next(line for line in lines if line.startswith(start))
                found = {
                    name: json.loads(value)
                    for names, value in given.findall(row)
                    for name in re.findall(r"[\w-]+", names)
                }
                self.assertEqual(found, operation.defaults(), f"{host}, {operation.name}")


class TableTest(LibraryTest):
    """The table says what the library does."""

    def test_choices_are_what_the_library_lists(self):
        lists = {Takes.METHOD: extend_method_names, Takes.LEVELS: level_group_names}
        for operation in OPERATIONS:
            for parameter in operation.parameters:
                if parameter.takes in lists:
                    names = [name for name, _label in parameter.choices if name != "auto"]
                    self.assertEqual(names, lists[parameter.takes](self.session.library))

    def test_ranges_are_those_of_the_library(self):
        library = self.session.library
        for operation, name, noun, rest in (
            (SUPER_RESOLVE, "refine", "super_resolve", ()),
            (SUPER_RESOLVE, "denoise", "super_resolve", ()),
            (SUPER_RESOLVE, "deblur", "super_resolve", ()),
            (SUPER_RESOLVE, "detail", "super_resolve", ()),
            (GENERATE, "truncation", "generate", (-1,)),
            (INVERT, "steps", "invert", (0, 0.0)),
            (INVERT, "resolution", "invert", ()),
        ):
            parameter = next(p for p in operation.parameters if p.name == name)
            options = library.make(f"{noun}_options_new")
            self.addCleanup(library.do, f"{noun}_options_free", options)
            setter = f"{noun}_options_set_{name}"
            for value in (parameter.least, parameter.most):
                library.do(setter, options, value, *rest)
            with self.assertRaises(PolyinrError, msg=name):
                library.do(setter, options, parameter.most + 1, *rest)


if __name__ == "__main__":
    unittest.main()
