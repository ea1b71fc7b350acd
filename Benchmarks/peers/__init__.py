"""The ways to run a network. Each module is imported only in the process that runs it."""

from importlib import import_module

from task import Peer

# Name on the command line: (name in the table, module, class).
PEERS: dict[str, tuple[str, str, str]] = {
    "openvino": ("OpenVINO", "openvino_peer", "OpenVINOPeer"),
    "onnxruntime": ("ONNX Runtime", "onnxruntime_peer", "ONNXRuntimePeer"),
    "aotinductor": ("AOTInductor", "aotinductor_peer", "AOTInductorPeer"),
    "ncnn": ("ncnn", "ncnn_peer", "NCNNPeer"),
    "resin": ("Resin", "resin_peer", "ResinPeer"),
}


def peer_class(name: str) -> type[Peer]:
    _, module, member = PEERS[name]
    return getattr(import_module(f"peers.{module}"), member)
