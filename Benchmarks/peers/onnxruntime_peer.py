"""ONNX Runtime: all optimisations, operators in sequence, inputs and outputs bound beforehand."""

import numpy as np
import onnxruntime

from task import Peer, Task


class ONNXRuntimePeer(Peer):
    def __init__(self, task: Task) -> None:
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.intra_op_num_threads = task.threads
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            str(task.onnx), options, providers=["CPUExecutionProvider"]
        )
        self._input = onnxruntime.OrtValue.ortvalue_from_numpy(task.input())
        self._output = onnxruntime.OrtValue.ortvalue_from_numpy(np.empty_like(task.expected()))
        self._binding = self._session.io_binding()
        self._binding.bind_ortvalue_input(self._session.get_inputs()[0].name, self._input)
        self._binding.bind_ortvalue_output(self._session.get_outputs()[0].name, self._output)

    def run(self) -> None:
        self._session.run_with_iobinding(self._binding)

    def output(self) -> np.ndarray:
        return np.array(self._output.numpy())
