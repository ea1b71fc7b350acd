"""The package resin-runtime as it is installed: test_runtime.py RESIN FOLDER, with the libraries of run.sh in the folder."""

import array
import ctypes
import gc
import io
import contextlib
import json
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest
from importlib.util import find_spec

import resin
from resin.__main__ import main
from resin._cpus import cpus, cpus_of_groups

try:
    import numpy
except ImportError:
    numpy = None

RESIN, FOLDER = sys.argv[1:3]
SAMPLES = "Models/digits/samples"
with_numpy = unittest.skipUnless(numpy, "NumPy is not installed here")


def library(name):
    return os.path.join(FOLDER, name, f"lib{name}.so")


def by_program(path, inputs):
    """The outputs that `resin run` gives for arrays, or for pictures."""
    folder = os.path.join(FOLDER, "program")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    command = [RESIN, "run", path, "--output", f"{folder}/y.npy"]
    for index, value in enumerate(inputs):
        if not isinstance(value, str):
            numpy.save(f"{folder}/{index}.npy", value)
            value = f"{folder}/{index}.npy"
        command += ["--input", value]
    subprocess.run(command, check=True, capture_output=True)
    return {name[1:-4].lstrip("."): numpy.load(f"{folder}/{name}") for name in os.listdir(folder) if name.startswith("y")}


def random(*shape, seed=0):
    return numpy.random.default_rng(seed).standard_normal(shape, numpy.float32)


class WithoutNumPy(unittest.TestCase):
    """What works with nothing installed."""

    def test_a_model_runs_on_the_buffer_protocol(self):
        net = resin.load(library("digits"))
        image = array.array("f", [0.5]) * 784
        y = net(memoryview(image).cast("B").cast("f", (1, 1, 28, 28)))
        values = memoryview(y)
        self.assertEqual((values.shape, values.format), ((1, 10), "f"))
        batch = memoryview(image * 11).cast("B").cast("f", (11, 1, 28, 28))
        self.assertEqual(memoryview(net(batch)).tolist(), values.tolist() * 11)

    def test_several_outputs_are_a_dictionary_by_their_names(self):
        net = resin.load(library("indices"))
        def row(*values):
            return memoryview(array.array("q", values)).cast("B").cast("q", (1, 6))

        marks = memoryview(bytes([1, 0, 1, 0, 1, 0])).cast("B").cast("?", (1, 6))
        results = net(row(1, -2, 2**40, 0, 5, 6), marks=marks, others=row(1, 2, 30, 40, 50, 6))
        self.assertEqual(list(results), ["both", "agreed"])
        self.assertEqual(memoryview(results["both"]).tolist(), [[1, -2, 2**40, 0, 5, 6, 1, 2, 30, 40, 50, 6]])
        self.assertEqual(memoryview(results["agreed"]).tolist(), [[True, False] * 3])

    def test_pixels_become_an_input(self):
        net = resin.load(library("digits"))
        image = net.preprocess(memoryview(bytes(range(196)) * 4).cast("B", (28, 28)))
        row = memoryview(image).cast("B").cast("f").tolist()
        self.assertEqual(len(row), 784)
        self.assertAlmostEqual(row[195], (195 / 255 - 0.1307) / 0.3081, 5)

    def test_what_is_no_model_is_refused(self):
        broken = os.path.join(FOLDER, "broken.so")
        with open(library("digits"), "rb") as file:
            whole = file.read()
        for content, words in [
            (b"", "no shared library"), (b"x" * 100, "no shared library"), (whole[:4096], "cut short"),
        ]:
            with open(broken, "wb") as file:
                file.write(content)
            with self.assertRaisesRegex(resin.Error, words):
                resin.load(broken)
        with self.assertRaisesRegex(resin.Error, "cannot open: No such file"):
            resin.load("absent.so")
        with self.assertRaisesRegex(resin.Error, "no compiled model"):
            resin.load(next(path for path in ("/lib/x86_64-linux-gnu/libm.so.6", "/lib64/libm.so.6") if os.path.exists(path)))
        other = bytes(whole).replace(b"\x06\0\0\0\xf8\x00\0\0", b"\x05\0\0\0\xf8\x00\0\0")
        self.assertNotEqual(other, whole)
        with open(broken, "wb") as file:
            file.write(other)
        with self.assertRaisesRegex(resin.Error, "speaks version 5 of the interface"):
            resin.load(broken)
        for threads in (-1, 257, "2"):
            with self.assertRaisesRegex(ValueError, "threads is a number"):
                resin.load(library("digits"), threads=threads)

    def test_weights_lie_beside_the_library(self):
        self.assertEqual(resin.load(library("separate")).name, "digits")
        alone = os.path.join(FOLDER, "alone.so")
        shutil.copy(library("separate"), alone)
        with self.assertRaisesRegex(resin.Error, "separate.weights.*keep the file of weights beside"):
            resin.load(alone)

    def test_a_library_that_is_written_anew_is_read_anew(self):
        path = os.path.join(FOLDER, "again.so")
        shutil.copy(library("digits"), path)
        net = resin.load(path)
        del net
        gc.collect()
        os.unlink(path)
        shutil.copy(library("indices"), path)
        self.assertEqual(resin.load(path).name, "indices")

    @unittest.skipIf(find_spec("resin_compiler"), "the package resin-compiler is installed here")
    def test_the_package_that_compiles_is_named(self):
        for name in ("compile", "jit", "quantize", "from_torch", "CompileError"):
            with self.assertRaisesRegex(AttributeError, f"resin.{name} .* pip install resin-compiler"):
                getattr(resin, name)
        self.assertFalse(hasattr(resin, "train"))

    def test_arrays_are_named_where_they_are_wrong(self):
        net = resin.load(library("digits"))
        wide = memoryview(array.array("d", [0]) * 784).cast("B").cast("d", (1, 1, 28, 28))
        flat = array.array("f", [0]) * 784
        for arguments, words in [
            ([wide], r"input 'image' is float32\[n, 1, 28, 28\]; the array for it holds float64"),
            ([[1.0]], r"input 'image' is an array float32\[n, 1, 28, 28\], not a list"),
            ([], "no array is given for input 'image'"),
            ([flat, flat], "2 inputs are given; the model has 1: 'image'"),
        ]:
            with self.assertRaisesRegex(TypeError, words):
                net(*arguments)
        with self.assertRaisesRegex(TypeError, "there is no input 'picture'; the model has 'image'"):
            net(picture=flat)
        with self.assertRaisesRegex(TypeError, "input 'image' is given twice"):
            net(flat, image=flat)
        with self.assertRaisesRegex(ValueError, r"float32\[n, 1, 28, 28\]; the array for it has the shape \[784\]"):
            net(flat)


class CPUs(unittest.TestCase):
    """The CPUs that a process may keep busy are those that a pool of 0 threads has."""

    VERSION_1 = "5:cpu,cpuacct:/docker/x\n4:memory:/docker/x\n"
    GROUPS = [
        {},
        {"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "250000 100000\n"},
        {"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/cpu.max": "max 100000\n", "sys/fs/cgroup/a/cpu.max": "50000 100000"},
        {"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/unified/a/cpu.max": "700000 100000", "sys/fs/cgroup/cpu.max": "3 2"},
        {"proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/cpu.max": "many 0", "sys/fs/cgroup/cpu.max": "-7 -1"},
        {"proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/cpu.max": "300000", "sys/fs/cgroup/a/cpu.cfs_quota_us": "9"},
        {"proc/self/cgroup": "::::\n\n7\n0::/a/b:c\n", "sys/fs/cgroup/a/b:c/cpu.max": "200000 100000"},
        {"proc/self/cgroup": VERSION_1, "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "450000\n",
         "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n"},
        {"proc/self/cgroup": VERSION_1, "sys/fs/cgroup/cpu/docker/cpu.cfs_quota_us": "-1\n",
         "sys/fs/cgroup/cpu/docker/cpu.cfs_period_us": "100000\n"},
        {"proc/self/cgroup": "4:memory,cpuset:/m\n", "sys/fs/cgroup/m/cpu.max": "100000 100000"},
    ]

    def test_python_and_libraries_count_alike(self):
        with tempfile.TemporaryDirectory() as folder:
            place = os.path.join(folder, "cpus.so")
            runtime = "Sources/CResinRuntime"
            subprocess.run(
                ["cc", "-std=c11", "-shared", "-fPIC", "-I", f"{runtime}/include", f"{runtime}/cpus.c", "-o", place], check=True)
            code = ctypes.CDLL(place)
            found = []
            for number, files in enumerate(self.GROUPS):
                root = os.path.join(folder, str(number))
                for path, text in files.items():
                    os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
                    with open(os.path.join(root, path), "w") as file:
                        file.write(text)
                limit = code.resin_cpus_of_groups(root.encode())
                self.assertEqual(min(cpus_of_groups(root), 2**31 - 1), limit, files)
                found.append(limit)
            none = 2**31 - 1
            self.assertEqual(found, [none, 2, 1, 1, none, none, 2, 4, none, none])
            self.assertEqual(cpus(), code.resin_usable_cpus())


@with_numpy
class WithNumPy(unittest.TestCase):
    def test_values_are_those_of_the_program(self):
        x = random(1, 1, 28, 28)
        expected = by_program(library("digits"), [x])[""]
        for threads in (1, 2, 0):
            net = resin.load(library("digits"), threads=threads)
            self.assertEqual(net(x).tobytes(), expected.tobytes())

    def test_batches_are_cut_into_runs_that_the_library_has(self):
        net = resin.load(library("digits"))
        self.assertEqual(net.batches, (1, 8))
        x = random(19, 1, 28, 28)
        single = numpy.concatenate([net(x[i : i + 1]) for i in range(19)])
        for count in (1, 2, 7, 8, 9, 16, 17, 19):
            y = net(x[:count])
            numpy.testing.assert_array_equal(y, single[:count])
        eight = resin.load(library("eight"))
        numpy.testing.assert_array_equal(eight(x[:3]), eight(x)[:3])
        numpy.testing.assert_allclose(eight(x), single, atol=1e-4)

    def test_inputs_and_outputs_have_names(self):
        net = resin.load(library("pair"))
        image, bias = random(6, 3, 16, 16), random(1, 4, seed=1)
        results = net(image, bias)
        self.assertEqual(list(results), ["logits", "features"])
        self.assertEqual(results["logits"].shape, (6, 4))
        self.assertEqual(results["features"].shape, (6, 4, 16, 16))
        for again in (net(image, bias=bias), net({"image": image, "bias": bias}), net({"image": image}, bias=bias)):
            for name, value in results.items():
                numpy.testing.assert_array_equal(value, again[name])
        for i in range(6):
            numpy.testing.assert_array_equal(net(image[i : i + 1], bias)["logits"], results["logits"][i : i + 1])
        self.assertEqual(net.labels, ("cat", "dog", "fish", "bird"))
        self.assertEqual(net.outputs[1].labels, ())
        clause = net.inputs[0].preprocessing
        self.assertEqual((clause.resize, clause.interpolation, clause.crop), (20, "bicubic", (16, 16)))
        clause = resin.load(library("sizes")).inputs[0].preprocessing
        self.assertEqual((clause.resize, clause.interpolation, clause.crop), (None, "bilinear", None))
        self.assertEqual(
            repr(net), "<resin.Network pair: image float32[n, 3, 16, 16], bias float32[1, 4] -> "
            "logits float32[n, 4], features float32[n, 4, 16, 16]>")
        with self.assertRaisesRegex(ValueError, r"input 'bias' is float32\[1, 4\]; the array for it has the shape \[6, 4\]"):
            net(image, random(6, 4))

    def test_sizes_are_chosen_by_the_shapes(self):
        net = resin.load(library("sizes"))
        self.assertEqual(net.dimensions, {"height": (8, 16), "width": (8, 12)})
        for height in (8, 16):
            for width in (8, 12):
                x = random(3, 1, height, width)
                self.assertEqual(net(x).shape, (3, 2, height, width))
                image = net.preprocess(
                    numpy.zeros((30, 40), numpy.uint8), sizes={"height": height, "width": width})
                self.assertEqual(image.shape, (1, 1, height, width))
        with self.assertRaisesRegex(ValueError, r"float32\[n, 1, 8, 8\] or float32\[n, 1, 8, 12\] or .* shape \[1, 1, 9, 8\]"):
            net(random(1, 1, 9, 8))
        with self.assertRaisesRegex(ValueError, "no code for height 9; it has some for height 8, 16; width 8, 12"):
            net.preprocess(numpy.zeros((30, 40), numpy.uint8), sizes={"height": 9})

    def test_images_that_depend_on_each_other_are_not_cut(self):
        net = resin.load(library("together"))
        x = random(4, 3)
        numpy.testing.assert_allclose(net(x), x - x.mean(0, keepdims=True), atol=1e-6)
        with self.assertRaisesRegex(ValueError, r"input 'x' is float32\[4, 3\]"):
            net(x[:3])

    def test_arrays_are_read_where_they_lie_or_copied(self):
        net = resin.load(library("digits"))
        x = random(2, 1, 28, 28)
        expected = net(x)
        turned = numpy.asfortranarray(x)
        shifted = numpy.frombuffer(b"\0" + x.tobytes(), numpy.float32, offset=1, count=x.size).reshape(x.shape)
        fixed = x.copy()
        fixed.flags.writeable = False
        for other in (turned, shifted, fixed, numpy.repeat(x, 2, axis=3)[..., ::2], memoryview(x)):
            numpy.testing.assert_array_equal(net(other), expected)
        for type in ("float64", "float16", "int32", ">f4", "complex64", "O", "M8[s]"):
            with self.assertRaisesRegex(TypeError, r"input 'image' is float32\[n, 1, 28, 28\]; the array for it holds"):
                net(x.astype("int64").astype(type))

    def test_results_go_where_out_says(self):
        net = resin.load(library("digits"))
        x = random(11, 1, 28, 28)
        expected = net(x)
        out = numpy.full((11, 10), numpy.nan, numpy.float32)
        self.assertIs(net(x, out=out), out)
        numpy.testing.assert_array_equal(out, expected)
        pair = resin.load(library("pair"))
        image, bias = random(5, 3, 16, 16), random(1, 4)
        both = {"features": numpy.empty((5, 4, 16, 16), "f"), "logits": numpy.empty((5, 4), "f")}
        self.assertIs(pair(image, bias, out=both), both)
        numpy.testing.assert_array_equal(both["logits"], pair(image, bias)["logits"])
        listed = [numpy.empty((5, 4), "f"), numpy.empty((5, 4, 16, 16), "f")]
        pair(image, bias, out=listed)
        numpy.testing.assert_array_equal(listed[1], both["features"])
        fixed = numpy.empty((11, 10), "f")
        fixed.flags.writeable = False
        for wrong, error, words in [
            (numpy.empty((11, 9), "f"), ValueError, r"output 'logits' is float32\[11, 10\]; .* shape \[11, 9\]"),
            (numpy.empty((11, 10)), TypeError, r"output 'logits' is float32\[11, 10\]; .* holds float64"),
            (fixed, ValueError, "cannot be written"),
            (numpy.empty((10, 11), "f").T, ValueError, "not dense and row-major"),
            (x.reshape(-1)[:110].reshape(11, 10), ValueError, "shares memory with an input"),
            ([1, 2], ValueError, "a sequence with an array for each of the outputs"),
            ({"y": out}, ValueError, "has the keys"),
        ]:
            with self.assertRaisesRegex(error, words):
                net(x, out=wrong)

    def test_arrays_go_in_and_out_by_dlpack(self):
        class Tensor:
            """An array of a framework that has nothing but DLPack."""

            def __init__(self, values, device=1):
                self.values, self.device = values, device

            def __dlpack__(self, **options):
                return self.values.__dlpack__(**options)

            def __dlpack_device__(self):
                return (self.device, 0)

        net = resin.load(library("digits"))
        x = random(3, 1, 28, 28)
        y = net(Tensor(x))
        numpy.testing.assert_array_equal(y, net(x))
        back = numpy.from_dlpack(y)
        self.assertTrue(numpy.shares_memory(back, y))
        out = numpy.empty((3, 10), "f")
        net(x, out=Tensor(out))
        numpy.testing.assert_array_equal(out, y)
        with self.assertRaisesRegex(TypeError, "input 'image' lies on another device than the CPU"):
            net(Tensor(x, device=2))
        with self.assertRaisesRegex(TypeError, "holds float64"):
            net(Tensor(x.astype(float)))

    def test_any_number_of_threads_runs_one_network(self):
        x = random(64, 1, 28, 28)
        for threads in (1, 2):
            net = resin.load(library("digits"), threads=threads)
            expected = net(x)
            wrong = []

            def work(start):
                for i in range(200):
                    first = (start + i) % 60
                    count = 1 + i % 4
                    y = net(x[first : first + count])
                    if y.tobytes() != expected[first : first + count].tobytes():
                        wrong.append((start, i))

            workers = [threading.Thread(target=work, args=(i * 7,)) for i in range(8)]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
            self.assertEqual(wrong, [])

    def test_networks_are_pickled_as_their_paths(self):
        net = resin.load(library("digits"), threads=2)
        again = pickle.loads(pickle.dumps(net))
        x = random(1, 1, 28, 28)
        numpy.testing.assert_array_equal(again(x), net(x))
        self.assertEqual(again.threads, 2)

    def test_networks_come_and_go(self):
        x = random(1, 1, 28, 28)
        before = len(os.listdir("/proc/self/task"))
        for _ in range(200):
            resin.load(library("digits"), threads=3)(x)
        gc.collect()
        self.assertLessEqual(len(os.listdir("/proc/self/task")), before)


@with_numpy
class Pictures(unittest.TestCase):
    def test_files_become_what_the_program_makes_of_them(self):
        net = resin.load(library("digits"))
        names = sorted(os.listdir(SAMPLES))
        paths = [f"{SAMPLES}/{name}" for name in names]
        images = net.preprocess(paths)
        expected = by_program(library("digits"), paths)[""]
        self.assertEqual(net(images).tobytes(), expected.tobytes())

    def test_classify_is_preprocessing_a_run_and_a_rank(self):
        net = resin.load(library("digits"))
        files = [f"{SAMPLES}/{name}" for name in sorted(os.listdir(SAMPLES))]
        found = net.classify(files, top=2)
        self.assertEqual(found, resin.rank(net(net.preprocess(files)), top=2))
        self.assertEqual([len(classes) for classes in found], [2] * len(files))
        with self.assertRaisesRegex(TypeError, "no array is given for input 'bias'"):
            resin.load(library("pair")).classify(files[0])
        with self.assertRaisesRegex(ValueError, "does not say how a picture becomes an input"):
            resin.load(library("together")).classify(files[0])

    def test_every_mode_of_pillow_is_read_as_the_program_reads_its_file(self):
        from PIL import Image

        net = resin.load(library("pair"))
        levels = numpy.random.default_rng(5).integers(0, 256, (37, 51, 4), numpy.uint8)
        colour = Image.fromarray(levels)
        grey = Image.fromarray(levels[..., 0].astype(numpy.uint16) * 257)
        bias = numpy.zeros((1, 4), numpy.float32)
        numpy.save(f"{FOLDER}/bias.npy", bias)
        turned = colour.convert("RGB")
        exif = Image.Exif()
        exif[0x0112] = 6
        for name, image, options in [
            ("rgba.png", colour, {}), ("rgb.png", colour.convert("RGB"), {}), ("l.png", colour.convert("L"), {}),
            ("la.png", colour.convert("LA"), {}), ("p.png", colour.convert("P"), {}), ("1.png", colour.convert("1"), {}),
            ("16.png", grey, {}), ("rgb.jpg", colour.convert("RGB"), {}), ("turned.jpg", turned, {"exif": exif}),
        ]:
            with self.subTest(name):
                path = f"{FOLDER}/{name}"
                image.save(path, **options)
                made = net.preprocess(path)
                expected = by_program(library("pair"), [path, bias])
                given = net(made, bias)
                for output in ("logits", "features"):
                    self.assertEqual(given[output].tobytes(), expected[output].tobytes())
                with Image.open(path) as opened:
                    self.assertEqual(net.preprocess(opened).tobytes(), made.tobytes())

    def test_pictures_are_resized_as_pillow_does(self):
        from PIL import Image

        net = resin.load(library("pair"))
        for height, width in [(37, 51), (61, 22), (9, 13)]:
            levels = numpy.random.default_rng(height).integers(0, 256, (height, width, 3), numpy.uint8)
            rows, columns = (20, 20 * width // height) if height <= width else (20 * height // width, 20)
            image = Image.fromarray(levels)
            # A pass for each axis: from version 13 Pillow takes them in another order for some sizes.
            image = image.resize((columns, height), Image.BICUBIC).resize((columns, rows), Image.BICUBIC)
            top, left = round((rows - 16) / 2), round((columns - 16) / 2)
            seen = numpy.asarray(image)[top : top + 16, left : left + 16].astype("f").transpose(2, 0, 1)
            mean, deviation = (
                numpy.float32(values).reshape(3, 1, 1) for values in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
            expected = (seen * numpy.float32(1 / 255) - mean) / deviation
            numpy.testing.assert_array_equal(net.preprocess(levels)[0], expected)

    def test_arrays_of_levels_are_pictures(self):
        net = resin.load(library("pair"))
        levels = numpy.random.default_rng(6).integers(0, 256, (40, 30, 4), numpy.uint8)
        rgb = numpy.ascontiguousarray(levels[..., :3])
        expected = net.preprocess(rgb)
        self.assertEqual((expected.shape, expected.dtype), ((1, 3, 16, 16), numpy.float32))
        for other, channels in [
            (levels, "rgb"), (rgb[..., ::-1], "bgr"), (numpy.pad(rgb, ((0, 0), (3, 4), (0, 0)))[:, 3:-4], "rgb"),
            (rgb[::-1][::-1], "rgb"), (numpy.asfortranarray(rgb), "rgb"),
        ]:
            numpy.testing.assert_array_equal(net.preprocess(other, channels=channels), expected)
        grey = rgb[..., 0].copy()
        for other in (grey, grey[..., None]):
            numpy.testing.assert_array_equal(net.preprocess(other), net.preprocess(numpy.stack([grey] * 3, axis=-1)))
        both = net.preprocess([rgb, grey])
        numpy.testing.assert_array_equal(both[:1], expected)
        for wrong in (rgb.astype("f"), rgb[..., :2], rgb[:0], 7, rgb[None]):
            with self.assertRaisesRegex(TypeError, "a picture is a path, an image of Pillow, or an array uint8"):
                net.preprocess(wrong)
        with self.assertRaisesRegex(ValueError, "channels is 'rgb' or 'bgr', not 'hsv'"):
            net.preprocess(rgb, channels="hsv")
        with self.assertRaisesRegex(ValueError, "does not say how a picture becomes an input"):
            resin.load(library("indices")).preprocess(rgb)

    def test_files_that_are_no_pictures_are_named(self):
        net = resin.load(library("digits"))
        path = f"{FOLDER}/none.png"
        with open(path, "wb") as file:
            file.write(b"no picture")
        with self.assertRaisesRegex(resin.Error, "none.png: the picture cannot be read"):
            net.preprocess(path)
        with self.assertRaisesRegex(resin.Error, "absent.png: the picture cannot be read: No such file"):
            net.preprocess("absent.png")

    def classified(self, *arguments):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main(["classify", *arguments])
        return status, out.getvalue(), err.getvalue()

    def test_folders_are_classified(self):
        status, out, err = self.classified(library("digits"), SAMPLES, "--json", "--top", "1")
        self.assertEqual((status, err), (0, ""))
        rows = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(len(rows), 14)
        for row in rows:
            self.assertEqual(str(row["classes"][0]["index"]), os.path.basename(row["file"])[0])
        status, out, err = self.classified(library("digits"), f"{SAMPLES}/7.png", f"{FOLDER}/gone.png", f"{SAMPLES}/0.png")
        self.assertEqual(status, 1)
        self.assertIn("image 0  Models/digits/samples/7.png\n      7  0.9656\n", out)
        self.assertIn("image 1  Models/digits/samples/0.png\n      0  0.9763\n", out)
        self.assertIn("gone.png: the picture cannot be read: No such file", err)
        for wrong, words in [
            ([library("indices"), f"{SAMPLES}/7.png"], "does not say how a picture becomes an input"),
            ([f"{FOLDER}/none.so", SAMPLES], "none.so: cannot open"), ([library("digits"), FOLDER + "/empty"], "has no picture"),
        ]:
            os.makedirs(FOLDER + "/empty", exist_ok=True)
            status, out, err = self.classified(*wrong)
            self.assertEqual((status, out), (1, ""))
            self.assertRegex(err, "^python -m resin: error: .*" + words)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
