"""How large previews become."""

import unittest

import without_krita  # noqa: F401  It knows where the package is.

from polyinr.compute.pace import FIRST, LEAST, next_side


class PaceTest(unittest.TestCase):
    def test_a_few_previews_lead_to_a_size_that_is_neither_late_nor_needlessly_small(self):
        for exponent in range(-20, 6):
            cost = 1e-5 * 1.5**exponent
            side = FIRST
            for _preview in range(8):
                side = next_side(side, 288, cost * side**2)
            took = cost * side**2
            self.assertTrue(took <= 0.08 or side == LEAST, f"{side} pixels take {took} s")
            self.assertTrue(took > 0.045 or side == 288, f"{side} pixels take {took} s")

    def test_the_size_is_bounded(self):
        self.assertEqual(next_side(100, 288, 0.0), 288)
        self.assertEqual(next_side(100, 288, 1e9), LEAST)


if __name__ == "__main__":
    unittest.main()
