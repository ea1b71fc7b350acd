"""Batches formed from concurrent requests: test_batcher.py FOLDER, with the libraries of python.sh in the folder."""

import array
import os
import random
import sys
import threading
import time
import unittest

import resin
from resin.batcher import Batcher, Closed, Full

FOLDER = sys.argv[1]


def library(name):
    return os.path.join(FOLDER, name, f"lib{name}.so")


def images(count, *shape, seed=0):
    """Random float32 values, without NumPy."""
    numbers = random.Random(seed)
    size = count
    for extent in shape:
        size *= extent
    values = array.array("f", (numbers.random() for _ in range(size)))
    return memoryview(values).cast("B").cast("f", (count, *shape))


def values(result):
    """A result as bytes that can be compared."""
    return {name: bytes(value) for name, value in result.items()} if isinstance(result, dict) else bytes(result)


class Batching(unittest.TestCase):
    def batcher(self, name, **options):
        """A batcher whose runs begin when `go` is called, and the batches that it has run."""
        self.batches = []
        self.slots = threading.Semaphore(0)
        made = Batcher(resin.load(library(name)), slots=self.slots, observe=self.batches.append, **{"runs": 1, **options})
        self.addCleanup(made.close)
        self.addCleanup(self.slots.release, 10)
        return made

    def go(self):
        self.slots.release()

    def test_requests_run_together_up_to_the_largest_size(self):
        batcher = self.batcher("digits")
        given = [images(1, 1, 28, 28, seed=seed) for seed in range(19)]
        futures = [batcher.submit(x) for x in given]
        self.assertEqual(batcher.waiting, 19)
        self.go()
        for x, future in zip(given, futures):
            self.assertEqual(values(future.result(60)), values(batcher.net(x)))
        self.assertEqual([batch.images for batch in self.batches], [8, 8, 1, 1, 1])
        self.assertEqual([len(batch.waited) for batch in self.batches], [8, 8, 1, 1, 1])
        self.assertEqual(batcher.waiting, 0)

    def test_requests_of_several_images_stay_whole(self):
        batcher = self.batcher("digits", max_queue=100)
        counts = [3, 3, 2, 19, 5, 8]
        given = [images(count, 1, 28, 28, seed=count) for count in counts]
        futures = [batcher.submit(x) for x in given]
        self.go()
        for x, future in zip(given, futures):
            self.assertEqual(values(future.result(60)), values(batcher.net(x)))
        self.assertEqual([batch.images for batch in self.batches], [8, 19, 5, 8])

    def test_a_single_size_is_filled_up(self):
        batcher = self.batcher("eight")
        given = [images(1, 1, 28, 28, seed=seed) for seed in range(3)]
        futures = [batcher.submit(x) for x in given]
        self.go()
        for x, future in zip(given, futures):
            self.assertEqual(values(future.result(60)), values(batcher.net(x)))
        self.assertEqual([batch.images for batch in self.batches], [3])

    def test_other_shapes_and_other_inputs_without_images_run_apart(self):
        batcher = self.batcher("sizes")
        given = [images(1, 1, 8, 12), images(1, 1, 16, 8), images(1, 1, 8, 12, seed=1)]
        futures = [batcher.submit(x) for x in given]
        self.go()
        for x, future in zip(given, futures):
            self.assertEqual(values(future.result(60)), values(batcher.net(x)))
        self.assertEqual([batch.images for batch in self.batches], [2, 1])

        batcher = self.batcher("pair")
        biases = [images(1, 4, seed=seed) for seed in (1, 2, 1, 1, 1, 1)]
        given = [(images(1, 3, 16, 16, seed=seed), bias) for seed, bias in enumerate(biases)]
        futures = [batcher.submit(image=x, bias=bias) for x, bias in given]
        self.go()
        for (x, bias), future in zip(given, futures):
            self.assertEqual(values(future.result(60)), values(batcher.net(x, bias)))
        self.assertEqual(sorted(batch.images for batch in self.batches), [1, 1, 4])

    def test_images_that_depend_on_each_other_are_not_joined(self):
        batcher = self.batcher("together")
        given = [images(4, 3, seed=seed) for seed in range(3)]
        futures = [batcher.submit(x) for x in given]
        self.go()
        for x, future in zip(given, futures):
            self.assertEqual(values(future.result(60)), values(batcher.net(x)))
        self.assertEqual([batch.images for batch in self.batches], [1, 1, 1])

    def test_a_request_waits_for_others_and_no_longer_than_the_delay(self):
        net = resin.load(library("digits"))
        batches = []
        batcher = Batcher(net, max_delay=0.3, runs=1, observe=batches.append)
        x = images(1, 1, 28, 28)
        begin = time.monotonic()
        batcher.submit(x).result(60)
        self.assertGreaterEqual(time.monotonic() - begin, 0.3)
        self.assertGreaterEqual(batches[0].waited[0], 0.3)
        # Eight are a whole batch: nothing waits.
        long = Batcher(net, max_delay=3600, runs=1, observe=batches.append)
        for future in [long.submit(x) for _ in range(8)]:
            future.result(60)
        self.assertEqual(batches[-1].images, 8)
        # What waits when the batcher is closed runs at once.
        last = long.submit(x)
        long.close()
        self.assertEqual(values(last.result(0)), values(net(x)))
        batcher.close()

    def test_a_full_queue_takes_nothing_and_loses_nothing(self):
        batcher = self.batcher("digits", max_queue=4)
        x = images(1, 1, 28, 28)
        futures = [batcher.submit(x) for _ in range(4)]
        with self.assertRaisesRegex(Full, "4 images wait for the model 'digits', and no more than 4 may"):
            batcher.submit(x)
        with self.assertRaisesRegex(ValueError, "5 images are given at once; no more than 4 may wait"):
            batcher.submit(images(5, 1, 28, 28))
        # One that is cancelled makes room.
        self.assertTrue(futures.pop().cancel())
        futures.append(batcher.submit(x))
        self.go()
        for future in futures:
            self.assertEqual(values(future.result(60)), values(batcher.net(x)))
        batcher.close()
        with self.assertRaisesRegex(Closed, "takes no more requests"):
            batcher.submit(x)

    def test_wrong_arrays_are_refused_before_they_wait(self):
        batcher = self.batcher("digits")
        with self.assertRaisesRegex(TypeError, "there is no input 'picture'; the model has 'image'"):
            batcher.submit(picture=images(1, 1, 28, 28))
        with self.assertRaisesRegex(ValueError, r"the array for it has the shape \[1, 28, 28\]"):
            batcher.submit(images(1, 28, 28))
        self.assertEqual(batcher.waiting, 0)

    def test_a_failure_is_told_to_all_that_ran_and_the_next_run_goes_on(self):
        batcher = self.batcher("digits")
        net = batcher.net

        class Broken:
            inputs, outputs, name, _checked = net.inputs, net.outputs, net.name, net._checked

            def __call__(self, *arrays):
                raise resin.Error("broken")

        batcher.net = Broken()
        x = images(1, 1, 28, 28)
        futures = [batcher.submit(x) for _ in range(8)]
        self.go()
        for future in futures:
            with self.assertRaisesRegex(resin.Error, "broken"):
                future.result(60)
        batcher.net = net
        self.assertEqual(values(batcher.submit(x).result(60)), values(net(x)))

    def test_many_threads_get_their_own_results(self):
        net = resin.load(library("digits"))
        batcher = Batcher(net, max_delay=0.001, runs=2, max_queue=1000)
        given = [images(1 + seed % 3, 1, 28, 28, seed=seed) for seed in range(12)]
        expected = [values(net(x)) for x in given]
        wrong = []

        def work(start):
            for i in range(50):
                which = (start + i) % 12
                if values(batcher.submit(given[which]).result(60)) != expected[which]:
                    wrong.append((start, i))

        workers = [threading.Thread(target=work, args=(start,)) for start in range(16)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        batcher.close()
        self.assertEqual(wrong, [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
