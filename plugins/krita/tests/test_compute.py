"""What the operations compute, without Krita."""

import os
import sys
import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

from without_krita import Heartbeat, LibraryTest, gradient, noisy, source_of

from models import cleaning
from polyinr.api import Channels, Sample
from polyinr.compute import procedure_of
from polyinr.compute.areas import Area
from polyinr.errors import CancelledError, PolyinrError
from polyinr.jobs import Job, end_all
from polyinr.objects import Engine, Field, Work
from polyinr.operations import GENERATE, SUPER_RESOLVE
from polyinr.picture import Picture, blank
from polyinr.session import Glance, Session
from polyinr.steps import finish


class ResultsTest(LibraryTest):
    def test_byte_orders_give_the_same_picture(self):
        bgra = gradient(20, 16)
        swapped = bytearray(bgra.pixels)
        swapped[0::4], swapped[2::4] = bgra.pixels[2::4], bgra.pixels[0::4]
        rgba = Picture(20, 16, Sample.U8, Channels.RGBA, bytes(swapped))
        one = self.run_operation("super-resolve", source_of(bgra), factor=1.5).picture
        other = self.run_operation("super-resolve", source_of(rgba), factor=1.5).picture
        self.assertEqual((one.width, one.height), (30, 24))
        self.assertEqual(one.pixels[0::4], other.pixels[2::4])
        self.assertEqual(one.pixels[1::4], other.pixels[1::4])
        self.assertEqual(set(one.pixels[3::4]), {255})

    def test_sizes_and_factors(self):
        source = source_of(gradient(20, 16), image=(40, 32))
        for given, size in (
            ({"width": 60}, (60, 48)),
            ({"height": 16}, (20, 16)),
            ({"width": 80, "height": 32}, (80, 32)),
        ):
            outcome = self.run_operation("super-resolve", source, **given)
            self.assertEqual((outcome.image_width, outcome.image_height), size)
            self.assertEqual(outcome.picture.width, size[0] // 2)

    def test_a_class_is_the_seeds_when_none_is_given(self):
        source = source_of(gradient(24, 24))
        classes = self.session.model(GENERATE.kind, {"model": ""}).classes()
        for seed in (0, 3, 7):
            own = self.run_operation("generate", source, seed=seed).picture
            named = self.run_operation(
                "generate", source, seed=seed, **{"class": classes[seed % len(classes)]}
            ).picture
            self.assertEqual(own.pixels, named.pixels)

    def test_extending_keeps_the_pixels_and_places_the_layer(self):
        picture = gradient(20, 16)
        source = source_of(picture, image=(50, 40))
        source.x = 10
        outcome = self.run_operation(
            "extend-canvas",
            source,
            left=12,
            right=3,
            top=4,
            bottom=5,
            unit="pixels",
            method="smooth",
        )
        self.assertEqual(outcome.picture.cropped(12, 4, 20, 16).pixels, picture.pixels)
        self.assertEqual((outcome.x, outcome.y, outcome.move_x, outcome.move_y), (0, 0, 2, 4))
        self.assertEqual((outcome.image_width, outcome.image_height), (52, 44))
        with self.assertRaisesRegex(PolyinrError, "all margins are 0"):
            self.run_operation("extend-canvas", source, left=0, right=0, top=0, bottom=0)

    def test_an_inversion_is_done_once_and_edited(self):
        source = source_of(gradient(30, 32))

        def picture(source=source, **given):
            return self.run_operation("invert", source, steps=21, **given).picture

        with mock.patch.object(Field, "from_picture", wraps=Field.from_picture) as search:
            plain = picture()
            same = picture(levels="fine", amount=0.0)
            mixed = picture(levels="fine", seed=4)
            drawn = picture(truncation=0.5)
            self.assertEqual(search.call_count, 1)
            picture(source_of(gradient(32, 30)))
            self.assertEqual(search.call_count, 2)
        self.assertEqual(plain.pixels, same.pixels)
        self.assertNotEqual(plain.pixels, mixed.pixels)
        self.assertNotEqual(plain.pixels, drawn.pixels)

    def test_a_mask_changes_what_is_searched(self):
        picture = gradient(32, 32)
        mask = Picture(32, 32, Sample.U8, Channels.GRAY, bytes(512) + b"\xff" * 512)
        known = self.run_operation("invert", source_of(picture, mask), steps=20)
        self.assertTrue(known.is_masked)
        whole = self.run_operation("invert", source_of(picture), steps=20)
        self.assertNotEqual(known.picture.pixels, whole.picture.pixels)

    def test_a_field_is_kept(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "picture.field"
            self.run_operation("invert", source_of(gradient(32, 32)), steps=5, file=str(path))
            self.assertGreater(path.stat().st_size, 1000)

    def test_errors_are_the_librarys(self):
        source = source_of(gradient(16, 16))
        for name, given, text in (
            ("generate", {"class": "cars"}, "cars"),
            ("generate", {"model": "nothing"}, "nothing"),
            ("generate", {"model": "clean"}, "clean is no generator"),
            ("super-resolve", {"model": "flowers"}, "flowers is no upscaler"),
            ("super-resolve", {"engine": "abacus"}, "abacus"),
            ("invert", {"levels": "middle"}, "middle"),
        ):
            with self.subTest(given), self.assertRaisesRegex(PolyinrError, text):
                self.run_operation(
                    name, source, **({"steps": 2} if name == "invert" else {}), **given
                )

    def test_sizes_beyond_what_is_possible_are_refused_before_memory_is_taken(self):
        for size in ((0, 1), (1, 300000)):
            with self.assertRaisesRegex(PolyinrError, "sides of 1 to 262144 are possible"):
                blank(*size, Sample.U8, Channels.RGBA)
        with self.assertRaisesRegex(PolyinrError, "factor: the image would be"):
            self.run_operation(
                "super-resolve", source_of(gradient(8, 8), image=(8192, 8)), factor=64.0
            )


class CleaningTest(LibraryTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.model = str(cleaning(Path(folder.name) / "cleaning.safetensors"))

    def _pixels(self, source, **given):
        return self.run_operation("super-resolve", source, **{"model": self.model} | given).picture

    def test_cleaned_as_the_source_needs(self):
        source = source_of(noisy(200, 150))
        automatic = self._pixels(source).pixels
        found = self.session.estimated(source, {"model": self.model})
        by_hand = {"cleaning": "manual", **found._asdict()}
        self.assertEqual(self._pixels(source, **by_hand).pixels, automatic)
        for name, amount in found._asdict().items():
            other = by_hand | {name: 0.0 if amount > 0.5 else 1.0}
            self.assertNotEqual(self._pixels(source, **other).pixels, automatic, name)

    def test_what_is_estimated_is_said(self):
        source, values = source_of(noisy(100, 80)), SUPER_RESOLVE.complete({"model": self.model})
        procedure, session = procedure_of(SUPER_RESOLVE), Session(self.session.library)
        size = "The image: 200 × 160 pixels instead of 100 × 80"
        self.assertEqual(procedure.describe(session, source, values), size)
        self.assertTrue(procedure.lacks(session, source, values))
        procedure.survey(session, source, values)
        self.assertFalse(procedure.lacks(session, source, values))
        self.assertRegex(
            procedure.describe(session, source, values),
            rf"^{size}; denoise \d\.\d[05], deblur \d\.\d[05]$",
        )
        for change in ({"cleaning": "manual"}, {"model": ""}):
            self.assertEqual(procedure.describe(session, source, values | change), size)
        source.signature = ("another",)
        self.assertTrue(procedure.lacks(session, source, values))
        self.assertFalse(procedure.lacks(session, source, values | {"factor": 0.5}))
        self.assertFalse(procedure.lacks(session, source, values | {"model": "clean"}))

    def test_a_detail_is_cleaned_as_the_result(self):
        picture = noisy(200, 150)
        source, values = source_of(picture), SUPER_RESOLVE.complete({"model": self.model})
        whole, procedure = self._pixels(source), procedure_of(SUPER_RESOLVE)
        glance = Glance(60, 50, 0.1, 0.1)
        area = procedure.needs(source, values, glance)
        source.picture = picture.cropped(area.x, area.y, area.width, area.height)
        seen = procedure.preview(self.session, source, values, glance, Work(self.session.library))
        part = whole.cropped(10, 5, 60, 50)
        self.assertEqual(seen.pixels[1::4], part.pixels[1::4])

    def test_models_that_do_not_clean_refuse_to(self):
        source, given = source_of(gradient(40, 30)), {"model": "clean", "cleaning": "manual"}
        automatic = self._pixels(source, model="clean")
        self.assertEqual(self._pixels(source, **given).pixels, automatic.pixels)
        for name in ("denoise", "deblur", "detail"):
            with self.assertRaisesRegex(PolyinrError, f"^{name}: "):
                self._pixels(source, **given, **{name: 0.5})


class PreviewTest(LibraryTest):
    def test_previews_are_small_and_quick(self):
        picture = gradient(300, 200)
        source = source_of(picture)
        glance = Glance(160, 160)
        for operation in (SUPER_RESOLVE, GENERATE):
            procedure, values = procedure_of(operation), operation.defaults()
            area = procedure.needs(source, values, glance)
            source.picture = (
                picture.cropped(area.x, area.y, area.width, area.height) if area else None
            )
            procedure.preview(self.session, source, values, glance, Work(self.session.library))
            start = time.monotonic()
            seen = procedure.preview(
                self.session, source, values, glance, Work(self.session.library)
            )
            self.assertLess(time.monotonic() - start, 0.5)
            self.assertLessEqual(max(seen.width, seen.height), 160)
            self.assertEqual((seen.sample, seen.channels), (Sample.U8, Channels.RGBA))

    def test_a_detail_is_a_part_of_the_result(self):
        picture = gradient(120, 90)
        source = source_of(picture)
        whole = self.run_operation("super-resolve", source).picture
        procedure, values = procedure_of(SUPER_RESOLVE), SUPER_RESOLVE.defaults()
        glance = Glance(60, 50, 0.5, 0.5)
        area = procedure.needs(source, values, glance)
        self.assertEqual(area, Area(21, 8, 78, 74))
        source.picture = picture.cropped(area.x, area.y, area.width, area.height)
        seen = procedure.preview(self.session, source, values, glance, Work(self.session.library))
        part = whole.cropped(90, 65, 60, 50)
        swapped = bytearray(part.pixels)
        swapped[0::4], swapped[2::4] = part.pixels[2::4], part.pixels[0::4]
        worst = max(abs(one - other) for one, other in zip(seen.pixels, swapped, strict=True))
        self.assertLessEqual(worst, 3)


class JobTest(LibraryTest):
    def _search(self, steps=100000):
        source, work = source_of(gradient(64, 64)), Work(self.session.library)
        return Job(work, lambda: self.run_operation("invert", source, work, steps=steps))

    def test_a_cancelled_job_ends_soon(self):
        job = self._search()
        while job.work.psnr is None:
            time.sleep(0.01)
        start = time.monotonic()
        job.cancel()
        with self.assertRaises(CancelledError):
            job.result()
        self.assertLess(time.monotonic() - start, 2)

    @unittest.skipUnless(sys.platform == "linux", "only Linux has priorities of threads")
    def test_an_engines_threads_give_way_and_a_job_does_not(self):
        own, before = os.getpriority(os.PRIO_PROCESS, 0), set(os.listdir("/proc/self/task"))
        engine = Engine(self.session.library, "cpu", 2)
        # The thread that started them may be listed for a moment after it was joined.
        end = time.monotonic() + 5
        while len(threads := set(os.listdir("/proc/self/task")) - before) > 2:
            self.assertLess(time.monotonic(), end, threads)
            time.sleep(0.01)
        self.assertEqual(len(threads), 2)
        for thread in threads:
            self.assertGreater(os.getpriority(os.PRIO_PROCESS, int(thread)), 0)
        self.assertTrue(engine.handle)
        job = Job(Work(self.session.library), lambda: os.getpriority(os.PRIO_PROCESS, 0))
        self.assertEqual(job.result(), own)

    def test_closed_steps_cancel_their_job(self):
        job = self._search()
        steps = job.steps()
        next(steps)
        steps.close()
        job.wait()
        self.assertTrue(job.work.is_cancelled)

    def test_all_jobs_end_with_the_process(self):
        jobs = [self._search(), self._search()]
        end_all()
        self.assertFalse(any(job.is_running() for job in jobs))

    def test_a_search_under_way_serves_the_next(self):
        with mock.patch.object(Field, "from_picture", wraps=Field.from_picture) as search:
            jobs = [self._search(steps=60), self._search(steps=60)]
            outcomes = [finish(job.steps()) for job in jobs]
        self.assertEqual(search.call_count, 1)
        self.assertEqual(outcomes[0].picture.pixels, outcomes[1].picture.pixels)

    def test_the_main_thread_goes_on_while_a_job_computes(self):
        source, work = source_of(gradient(256, 256)), Work(self.session.library)
        job = Job(work, lambda: self.run_operation("super-resolve", source, work, factor=4.0))
        heart, fractions = Heartbeat(), set()
        while job.is_running():
            heart.beat()
            fractions.add(work.fraction)
        self.assertEqual(job.result().picture.width, 1024)
        self.assertGreater(len(fractions), 5)
        self.assertLess(heart.longest, 0.1)


if __name__ == "__main__":
    unittest.main()
