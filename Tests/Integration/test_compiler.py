"""The package resin-compiler as it is installed: test_compiler.py RESIN CLASS, with the program that was built, to compare
with, and the tests to run.

Each test runs in an empty folder beside a link to `Models`."""

import doctest
import gc
import logging
import os
import pickle
import subprocess
import sys
import sysconfig
import tempfile
import unittest
import warnings

import resin
import resin_compiler._options
import resin_compiler.compiling

try:
    import numpy
    import onnxscript
    import torch
except ImportError:
    torch = None

RESIN = sys.argv[1]
HERE = os.path.dirname(os.path.abspath(__file__))
MODELS = os.path.abspath("Models")
DIGITS = "Models/digits/digits.resin"
SAMPLES = "Models/digits/samples"
IDLE = """model idle
input x: f32[N, 4]
b = tanh(x)
output y = linear(x, 2)
"""
FORKS = """
import os, resin, sys
net = resin.jit(sys.argv[1])
if os.fork() == 0:
    sys.exit()
os.wait()
assert os.path.exists(net.path)
print(os.path.dirname(net.path))
"""


def program(*arguments):
    return subprocess.run([RESIN, *arguments], capture_output=True, text=True)


class InFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(folder.name)
        os.symlink(MODELS, "Models")

    def assertSameFiles(self, *paths):
        contents = []
        for path in paths:
            with open(path, "rb") as file:
                contents.append(file.read())
        self.assertEqual(contents[0], contents[1])


class Compiler(InFolder):
    def test_compile_writes_what_the_program_writes(self):
        os.mkdir("ours")
        path = resin.compile(DIGITS, batch=[1, 8], name="seven", output="ours/")
        self.assertEqual(path, "ours/libseven.so")
        program("compile", DIGITS, "--batch", "1,8", "--name", "seven")
        self.assertSameFiles("ours/libseven.so", "libseven.so")
        self.assertSameFiles("ours/seven.h", "seven.h")
        self.assertEqual(resin.load(path).batches, (1, 8))
        with self.assertLogs("resin", logging.INFO) as log:
            resin.compile(DIGITS, threads=2)
        self.assertIn("note: algorithms are chosen for 2 threads", log.output[0])

    def test_options_are_those_of_the_program(self):
        net = resin.load(resin.compile(
            os.path.join(HERE, "Models", "sizes.resin"), dim={"height": [8, 16], "width": 8}, random_weights=1,
            weights_mode="separate", no_winograd=True, tune=False, cpu=["x86-64", "x86-64-v3"]))
        self.assertEqual(net.dimensions["height"], (8, 16))
        self.assertTrue(os.path.exists("sizes.weights"))
        with self.assertRaisesRegex(resin.CompileError, "Unknown option '--colour") as caught:
            resin.compile(DIGITS, colour="red")
        self.assertEqual(caught.exception.status, 64)
        with self.assertRaisesRegex(TypeError, "weights= is text, a number, a path, a list or a mapping of these"):
            resin.compile(DIGITS, weights=object())
        with self.assertRaisesRegex(TypeError, "a model is the path of a file"):
            resin.compile(b"net.onnx")

    def test_what_the_compiler_says_is_an_exception(self):
        with open("wrong.resin", "w") as file:
            file.write(IDLE.replace("tanh", "tahn"))
        said = program("compile", "wrong.resin")
        with self.assertRaises(resin.CompileError) as caught:
            resin.compile("wrong.resin")
        self.assertIsInstance(caught.exception, resin.Error)
        self.assertEqual((str(caught.exception), caught.exception.status), (said.stderr.strip(), said.returncode))
        self.assertRegex(str(caught.exception), r"^wrong.resin:3:5: error: ")
        again = pickle.loads(pickle.dumps(caught.exception))
        self.assertEqual((str(again), again.status), (said.stderr.strip(), said.returncode))
        with self.assertRaisesRegex(resin.CompileError, "-absent.onnx: "):
            resin.compile("-absent.onnx")

    def test_warnings_are_those_of_python(self):
        with open("idle.resin", "w") as file:
            file.write(IDLE)
        for compile in (resin.compile, resin.jit):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                compile("idle.resin", random_weights=1)
            [warning] = caught
            self.assertIs(warning.category, resin.CompileWarning)
            self.assertEqual(warning.filename, __file__)
            self.assertRegex(str(warning.message), r"^idle.resin:3:1: warning: .*\n   3 | b = tanh\(x\)\n")

    def test_the_file_of_a_network_goes_with_it(self):
        net = resin.jit(DIGITS, threads=2)
        image = net.preprocess(memoryview(bytes(784)).cast("B", (28, 28)))
        again = pickle.loads(pickle.dumps(net))
        self.assertEqual(memoryview(again(image)).tobytes(), memoryview(net(image)).tobytes())
        self.assertEqual(again.threads, 2)
        folder = os.path.dirname(net.path)
        del net
        gc.collect()
        self.assertFalse(os.path.exists(folder))
        kept = resin.jit(DIGITS, output="kept.so", threads=0)
        self.assertEqual((kept.path, kept.threads), (os.path.abspath("kept.so"), len(os.sched_getaffinity(0))))
        # A child of the process that ends leaves the file to its parent, and this one takes it along.
        process = subprocess.run([sys.executable, "-c", FORKS, DIGITS], capture_output=True, text=True, check=True)
        self.assertFalse(os.path.exists(process.stdout.strip()))

    def test_quantize_gives_a_model(self):
        with self.assertLogs("resin", logging.INFO) as log:
            path = resin.quantize(DIGITS, images=SAMPLES, output="small.onnx", threads=2)
        self.assertEqual(path, "small.onnx")
        self.assertIn("images", "".join(log.output))
        net = resin.jit(path)
        self.assertEqual(net.outputs[0].shape, (1, 10))
        with self.assertRaisesRegex(resin.CompileError, "no images are given"):
            resin.quantize(DIGITS)

    def test_the_command_is_the_program(self):
        for start in ([os.path.join(sysconfig.get_path("scripts"), "resin")], [sys.executable, "-m", "resin_compiler"]):
            if not os.path.exists(start[0]):
                continue
            for arguments in (["compile", "--help"], ["compile", "absent.onnx"], ["inspect", DIGITS]):
                ours, theirs = subprocess.run([*start, *arguments], capture_output=True, text=True), program(*arguments)
                for one in ("returncode", "stdout", "stderr"):
                    self.assertEqual(getattr(ours, one), getattr(theirs, one))

    def test_examples(self):
        for module in (resin_compiler._options, resin_compiler.compiling):
            failed, tried = doctest.testmod(module)
            self.assertEqual(failed, 0)
            self.assertGreater(tried, 1)


@unittest.skipUnless(torch, "PyTorch, onnxscript and NumPy are not installed here")
class PyTorch(InFolder):
    def module(self):
        class Block(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.convolution = torch.nn.Conv2d(3, 8, 3, padding=1)
                self.norm = torch.nn.BatchNorm2d(8)
                self.linear = torch.nn.Linear(8, 4)

            def forward(self, image, scale):
                x = torch.relu(self.norm(self.convolution(image)) + image.mean((1, 2, 3), keepdim=True))
                return self.linear(x.mean((2, 3))) * scale

        torch.manual_seed(1)
        return Block()

    def test_modules_become_networks(self):
        module = self.module()
        images, scale = torch.randn(9, 3, 16, 16), torch.randn(9, 1)
        with torch.no_grad():
            expected = module.eval()(images, scale).numpy()
        module.train()
        module.norm.eval()
        for options in ({}, {"batch": [1, 4]}):
            net = resin.from_torch(module, (torch.zeros(1, 3, 16, 16), torch.zeros(1, 1)), **options)
            self.assertEqual(net.batches, (1, 4) if options else (1,))
            self.assertEqual([net.name, *(port.name for port in net.inputs)], ["block", "image", "scale"])
            numpy.testing.assert_allclose(net(images, scale), expected, atol=1e-5)
            self.assertEqual((module.training, module.norm.training), (True, False))

    def test_the_library_lies_where_output_says(self):
        module = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.ReLU())
        net = resin.from_torch(module, torch.zeros(2, 1, 8, 8), output="kept.so", threads=2, cpu="x86-64")
        self.assertEqual((net.path, net.threads, net.batches), (os.path.abspath("kept.so"), 2, (2,)))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
