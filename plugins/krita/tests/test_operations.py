"""What operations ask for."""

import unittest

import without_krita  # noqa: F401  It knows where the package is.

from polyinr.errors import PolyinrError
from polyinr.operations import EXTEND, GENERATE, OPERATIONS, SUPER_RESOLVE, Takes, find


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


if __name__ == "__main__":
    unittest.main()
