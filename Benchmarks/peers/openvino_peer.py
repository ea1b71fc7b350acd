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

    def kernels(self) -> str | None:
        """Those of the layers with weights, which the compiled graph names: brgconv_avx2_f32."""
        infos = [node.get_rt_info() for node in self._compiled.get_runtime_model().get_ops()]
        layers = {"Convolution", "FullyConnected", "MatMul"}
        kinds = {
            info["primitiveType"].astype(str)
            for info in infos
            if info["layerType"].astype(str) in layers
        }
        return ", ".join(sorted(kinds)) or None
