"""When a call by minutes ends: on clocks that the tests turn."""
from __future__ import annotations

import os
import unittest
import unittest.mock

import support  # noqa: F401  (puts the scripts on the path)
from training.deadline import Deadline, started


class DeadlineTest(unittest.TestCase):
    def steps(self, minutes: float, *lengths: float, saving: float = 0.) -> int:
        """How many steps a call of so many minutes takes; the last length repeats for ever."""
        deadline, now, count = Deadline(1000., minutes), 1000., 0
        if saving:
            deadline.saved(saving)
        while not deadline.passed(now):
            length = lengths[min(count, len(lengths) - 1)]
            now, count = now + length, count + 1
            deadline.stepped(length)
        return count

    def test_the_first_step_foretells_nothing(self):
        """40 s of compilers and pools, then a second a step: a call of a minute has room for 20 of them."""
        self.assertEqual(self.steps(1, 40, 1), 1 + 20 - 1)  # what would end on the stroke is one too many

    def test_one_slow_step_ends_nothing(self):
        self.assertEqual(self.steps(1, 1, 1, 1, 25, 1), 60 - 24 - 1)

    def test_steps_that_grow_are_foreseen(self):
        """At 20 s a step there is room for two in a minute, and for none that would end later."""
        self.assertEqual(self.steps(1, 1, 20), 1 + 2)

    def test_the_last_checkpoint_has_to_fit(self):
        self.assertEqual(self.steps(1, 1, saving=10), 49)

    def test_a_run_by_steps_has_no_end(self):
        deadline = Deadline(1000., None)
        deadline.stepped(5)
        self.assertFalse(deadline.passed(1e12))

    def test_the_first_checkpoint_comes_early(self):
        self.assertEqual(Deadline(1000., 8).first_save, 1000 + 120)

    def test_the_call_began_when_its_caller_says(self):
        with unittest.mock.patch("time.monotonic", lambda: 500.), unittest.mock.patch("time.time", lambda: 2000.):
            for said, moment in (("1988.5", 488.5), ("2001", 500.)):
                with unittest.mock.patch.dict(os.environ, {"STYLEVIDEO_STARTED": said}):
                    self.assertEqual(started(), moment)
            with unittest.mock.patch.dict(os.environ, clear=True):
                self.assertEqual(started(), 500.)


if __name__ == "__main__":
    unittest.main()
