"""OpenVINO: latency hint, one stream, 32-bit floats."""

import numpy as np
import openvino

from task import Peer, Task


class OpenVINOPeer(Peer):
    def __init__(self, task: Task) -> None:
        core = openvino.Core()
        options = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "f32",
            "INFERENCE_NUM_THREADS": task.threads,
            "NUM_STREAMS": 1,
        }
        self._compiled = core.compile_model(str(task.onnx), "CPU", options)
        self._request = self._compiled.create_infer_request()
        self._input = task.input()
        self._request.set_input_tensor(openvino.Tensor(self._input, shared_memory=True))

    def run(self) -> None:
        self._request.infer(share_outputs=True)

    def output(self) -> np.ndarray:
        return np.array(self._request.get_output_tensor().data)
