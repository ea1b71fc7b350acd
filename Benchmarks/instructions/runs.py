"""Runs a network some times in one thread: `runs.py resin|ncnn|onnxruntime FILE INPUT.npy OUTPUT.npy RUNS`.

Meant for a Python of AArch64 under QEMU, which has no room for more than it needs: INPUT is what the network takes, and OUTPUT is
written with what the last run gives.
"""

import sys

import numpy as np


def resin_runs(file, value):
    import resin

    network = resin.load(file, threads=1)
    return lambda: network(value)


def ncnn_runs(file, value):
    import ncnn

    net = ncnn.Net()
    net.opt.num_threads = 1
    net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = False
    for load, end in (net.load_param, "param"), (net.load_model, "bin"):
        if load(f"{file}.{end}") != 0:
            sys.exit(f"ncnn cannot load {file}.{end}")

    def run():
        extractor = net.create_extractor()
        extractor.input("in0", ncnn.Mat(value[0]))
        code, output = extractor.extract("out0")
        if code != 0:
            sys.exit(f"ncnn cannot run {file}")
        return np.array(output)[None]

    return run


def onnxruntime_runs(file, value):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda: session.run(None, {name: value})[0]


def main():
    kind, file, given, result, count = sys.argv[1:]
    run = {"resin": resin_runs, "ncnn": ncnn_runs, "onnxruntime": onnxruntime_runs}[kind](file, np.load(given))
    for _ in range(int(count)):
        output = run()
    np.save(result, output)


if __name__ == "__main__":
    main()
