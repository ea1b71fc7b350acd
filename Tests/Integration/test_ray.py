"""resin.ray on two cores: test_ray.py RESIN FOLDER, with the libraries of python.sh in the folder."""

import os
import shutil
import signal
import subprocess
import sys
import unittest

import numpy
import pyarrow.parquet
import ray
from ray.data import ActorPoolStrategy

import resin
from resin.ray import Classifier

RESIN, FOLDER = sys.argv[1:3]
SAMPLES = "Models/digits/samples"
DIGITS = os.path.abspath(os.path.join(FOLDER, "digits", "libdigits.so"))
COPIES = 12


class Mortal(Classifier):
    """A classifier whose process is killed once, at its third batch, as the system does where memory is short."""

    def __init__(self, library, mark):
        super().__init__(library)
        self.mark = mark
        self.batches = 0

    def __call__(self, batch):
        self.batches += 1
        if self.batches == 3:
            try:
                os.close(os.open(self.mark, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                pass
            else:
                os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(batch)


class InRay(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pictures = os.path.abspath(os.path.join(FOLDER, "pictures"))
        shutil.rmtree(cls.pictures, ignore_errors=True)
        os.makedirs(cls.pictures)
        samples = sorted(os.listdir(SAMPLES))
        for name in samples:
            for copy in range(COPIES):
                shutil.copy(f"{SAMPLES}/{name}", f"{cls.pictures}/{copy}-{name}")
        output = os.path.join(FOLDER, "y.npy")
        command = [RESIN, "run", DIGITS, "--output", output]
        for name in samples:
            command += ["--input", f"{SAMPLES}/{name}"]
        subprocess.run(command, check=True, capture_output=True)
        cls.expected = {
            name: (best.index, best.probability) for name, [best] in zip(samples, resin.rank(numpy.load(output), top=1))}
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="error",
                 object_store_memory=200 << 20)
        cls.addClassCleanup(ray.shutdown)
        ray.data.DataContext.get_current().enable_progress_bars = False

    def assert_whole(self, rows):
        """Every picture is there exactly once, with the class and the probability that `resin run` gives it."""
        found = sorted(os.path.basename(row["path"]) for row in rows)
        self.assertEqual(found, sorted(os.listdir(self.pictures)))
        for row in rows:
            name = os.path.basename(row["path"]).split("-", 1)[1]
            self.assertEqual((row["class"], row["probability"]), self.expected[name])
            self.assertEqual((row["label"], row["error"]), ("", ""))

    def test_the_death_of_an_actor_loses_and_doubles_nothing(self):
        mark = os.path.join(FOLDER, "killed")
        if os.path.exists(mark):
            os.unlink(mark)
        images = ray.data.read_images(self.pictures, include_paths=True, num_cpus=0.25)
        rows = images.map_batches(
            Mortal, fn_constructor_args=[DIGITS, mark], batch_size=8, num_cpus=0.75, compute=ActorPoolStrategy(size=2))
        self.assert_whole(rows.take_all())
        self.assertTrue(os.path.exists(mark))

    def test_a_folder_becomes_parquet(self):
        broken = os.path.join(self.pictures, "broken.png")
        with open(broken, "wb") as file:
            file.write(b"no picture")
        output = os.path.join(FOLDER, "classes")
        shutil.rmtree(output, ignore_errors=True)
        sys.path.insert(0, "docs/examples")
        try:
            import classify_folder

            classify_folder.classify(DIGITS, self.pictures, output, 2)
        finally:
            os.unlink(broken)
        rows = pyarrow.parquet.read_table(output).to_pylist()
        [wrong] = [row for row in rows if row["path"] == broken]
        self.assertEqual((wrong["class"], wrong["label"]), (-1, ""))
        self.assertIn("the picture cannot be read", wrong["error"])
        rows.remove(wrong)
        self.assert_whole(rows)


class Classifying(unittest.TestCase):
    """What needs no Ray."""

    def test_batches_without_pictures_are_refused(self):
        with self.assertRaisesRegex(ValueError, "the batch has no pictures: its columns are 'path'; name it by column="):
            Classifier(DIGITS)({"path": numpy.array(["a"])})
        with self.assertRaisesRegex(ValueError, "does not say how a picture becomes an input"):
            Classifier(os.path.join(FOLDER, "indices", "libindices.so"))({"image": numpy.zeros((1, 4, 4), numpy.uint8)})

    def test_pictures_of_several_sizes_and_labels(self):
        pair = os.path.join(FOLDER, "pair", "libpair.so")
        with self.assertRaisesRegex(TypeError, "no array is given for input 'bias'"):
            Classifier(pair)({"image": numpy.zeros((1, 20, 20, 3), numpy.uint8)})
        pictures = numpy.empty(2, object)
        pictures[:] = [numpy.zeros((20, 30), numpy.uint8), numpy.full((40, 25), 255, numpy.uint8)]
        batch = Classifier(DIGITS, column="picture")({"picture": pictures, "name": numpy.array(["a", "b"])})
        self.assertEqual(list(batch), ["name", "class", "label", "probability", "error"])
        net = resin.load(DIGITS)
        for index, picture in enumerate(pictures):
            [[best]] = resin.rank(net(net.preprocess(picture)), top=1)
            self.assertEqual((batch["class"][index], batch["probability"][index]), (best.index, best.probability))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
