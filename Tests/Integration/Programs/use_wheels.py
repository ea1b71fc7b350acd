"""What dist.sh does with the packages of Python, and nothing but Python and a C compiler: use_wheels.py FILES."""

import os
import subprocess
import sys

import resin

digits = f"{sys.argv[1]}/digits/digits.resin"
net = resin.jit(digits)
image = net.preprocess(memoryview(bytes(range(196)) * 4).cast("B", (28, 28)))
scores = memoryview(net(image)).tolist()

assert resin.compile(digits, batch=[1, 8], output="wheel.so") == "wheel.so"
assert memoryview(resin.load("wheel.so")(image)).tolist() == scores

try:
    resin.compile("absent.onnx")
except resin.CompileError as error:
    assert "absent.onnx: error: " in str(error), error
else:
    raise AssertionError("a file that is not there was compiled")

command = subprocess.run([sys.executable, "-m", "resin_compiler", "--version"], capture_output=True, text=True, check=True)
assert command.stdout.startswith("resin "), command.stdout
