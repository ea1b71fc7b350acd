"""What a golden is, and how a PyTorch network gets the weights that the compiler gives the model's text.

The weights are those of docs/weights.md: `docs/random_weights.py` is the generator, and the roles that it asks for are
found here on the traced network as the compiler finds them on its graph. Outputs are computed in float64.
"""

import operator
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import fx, nn
from torchvision.ops import StochasticDepth

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "docs"))

import random_weights  # noqa: E402

IMAGES = 3

# The runs of a small network, of a big one, and of a big one whose kernels are those of another.
SMALL = ((3, True), (1, True))
BIG = ((3, True), (1, True), (1, False))
SIBLING = ((3, True), (1, False))


class DynamicConv2d(nn.Module):
    """Chen et al. (2020): the weight of each image is the sum of kernels `[M, K, C, R, S]` by attention `[N, M]`."""

    def __init__(self, kernels: int, before: int, width: int, size: int, stride: int):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(kernels, width, before, size, size))
        self.stride = stride

    def forward(self, x, attention):
        weights = torch.einsum("nm,mkcrs->nkcrs", attention, self.weight)
        border = self.weight.shape[-1] // 2
        images = [F.conv2d(x[i : i + 1], weights[i], None, self.stride, border) for i in range(len(x))]
        return torch.cat(images)


# The operations that docs/weights.md calls parametrised.
PARAMETRISED = (nn.Conv2d, nn.Linear, nn.BatchNorm2d, nn.ConvTranspose2d, DynamicConv2d)

# What does nothing at inference, and has no node in a graph.
IDLE = (nn.Identity, nn.Dropout, StochasticDepth)


class Tracer(fx.Tracer):
    """Leaves parametrised operations whole, and what does nothing."""

    def is_leaf_module(self, module: nn.Module, name: str) -> bool:
        return isinstance(module, PARAMETRISED + IDLE) or super().is_leaf_module(module, name)


@dataclass
class Input:
    """An input that is not one of images."""

    name: str
    # Without the axis of the batch.
    extents: tuple[int, ...]
    # Whether it is i64, from 0 to 15, and not f32.
    is_integer: bool = False


@dataclass
class Golden:
    """A model's text and the network that computes the same."""

    # The text below Models, without its ending.
    model: str
    # Makes the network with PyTorch's names of the text's parameters.
    network: Callable[[], nn.Module]
    # The extents of one image: channels, rows, columns; or of whatever else is the first input. None where that is i64.
    image: tuple[int, ...] | None
    # What `--set` gives the text.
    parameters: dict[str, int] = field(default_factory=dict)
    outputs: tuple[str, ...] = ("logits",)
    # The inputs, without that of images, in the text's order.
    inputs: tuple[Input, ...] = ()
    # The roles of parameters by the ends of their names, for a network that cannot be traced.
    roles: dict[str, str] | None = None
    seed: int = 1
    # Told apart from other goldens of the same text by this.
    variant: str = ""
    # The largest difference allowed, over the largest output.
    tolerance: float = 1e-4
    # What is compiled and compared: numbers of images, and whether Winograd's algorithm is allowed.
    runs: tuple[tuple[int, bool], ...] = SMALL

    @property
    def name(self) -> str:
        return self.model.split("/")[-1] + (f"-{self.variant}" if self.variant else "")


def trace(network: nn.Module) -> fx.Graph:
    """The network's operations without those that do nothing."""
    modules = dict(network.named_modules())
    graph = Tracer().trace(network)
    for node in graph.nodes:
        if node.op == "call_module" and isinstance(modules[node.target], IDLE):
            node.replace_all_uses_with(node.args[0])
            graph.erase_node(node)
    return graph


def first_reader(node: fx.Node) -> fx.Node | None:
    reader = node.next
    while reader.op != "root" and reader not in node.users:
        reader = reader.next
    return None if reader.op == "root" else reader


def ends_residual_branch(node: fx.Node, modules: dict[str, nn.Module]) -> bool:
    """Whether the first reader adds the node to something that is no result of a parametrised operation."""
    reader = first_reader(node)
    if reader is None or reader.target not in (operator.add, operator.iadd, torch.add):
        return False
    others = [argument for argument in reader.args if isinstance(argument, fx.Node) and argument is not node]
    if not others:
        return False
    other = others[0]
    if other.op == "get_attr":
        return False
    return not (other.op == "call_module" and isinstance(modules[other.target], PARAMETRISED))


def roles(network: nn.Module) -> dict[str, str]:
    """The role of every tensor in the network's `state_dict`; see docs/weights.md."""
    modules = dict(network.named_modules())
    found: dict[str, str] = {}
    for node in trace(network).nodes:
        if node.op != "call_module":
            continue
        module = modules[node.target]
        residual = "residual-" if ends_residual_branch(node, modules) else ""
        if isinstance(module, nn.BatchNorm2d):
            names = {"weight": residual + "scale", "bias": "shift", "running_mean": "mean", "running_var": "variance"}
        elif isinstance(module, nn.ConvTranspose2d):
            # Every so-manieth tap meets a pixel of the operand.
            taps = [-(-extent // stride) for extent, stride in zip(module.kernel_size, module.stride)]
            products = module.in_channels // module.groups * taps[0] * taps[1]
            names = {"weight": f"{residual}weight:{products}", "bias": "bias"}
        elif isinstance(module, DynamicConv2d):
            # The mean of so many kernels is smaller than each.
            kernels, *_, channels, rows, columns = module.weight.shape
            names = {"weight": f"{residual}weight:{channels * rows * columns // kernels}"}
        elif isinstance(module, PARAMETRISED):
            names = {"weight": residual + "weight", "bias": "bias"}
        elif isinstance(module, nn.RNNBase):
            # The state's weight is kept within 1 / √H, as PyTorch begins.
            roles_of = {"weight_ih": "weight", "weight_hh": f"weight:{6 * module.hidden_size}", "bias_ih": "bias",
                        "bias_hh": "bias"}
            names = {name: roles_of[name.split("_l")[0]] for name, _ in module.named_parameters()}
        else:
            continue
        for tensor, role in names.items():
            found.setdefault(f"{node.target}.{tensor}", role)
    return found


def fill(network: nn.Module, seed: int, named_roles: dict[str, str] | None = None):
    """Gives the network the weights of a seed."""
    state = network.state_dict()
    if named_roles is None:
        known = roles(network)
    else:
        known = {name: role for name in state for end, role in named_roles.items() if name.endswith(end)}
    for name, tensor in state.items():
        if name.endswith("num_batches_tracked"):
            continue
        values = random_weights.parameter(seed, name, known.get(name, "other"), list(tensor.shape))
        state[name] = torch.from_numpy(values)
    network.load_state_dict(state)


def images(golden: Golden) -> np.ndarray:
    """Three images, f32: noise over a colour of its own for each image, or else they would look alike to a network
    that ends in a mean over all pixels."""
    noise = random_weights.uniform(golden.seed, "image", [IMAGES, *golden.image], 0.0, np.float32(1))
    shape = [IMAGES, golden.image[0], *[1 for _ in golden.image[1:]]]
    colour = random_weights.uniform(golden.seed, "colour", shape, 0.0, np.float32(1))
    return noise + 2 * colour


def inputs(golden: Golden) -> list[np.ndarray]:
    """Three values of every input: images first."""
    values = [] if golden.image is None else [images(golden)]
    for wanted in golden.inputs:
        shape = [IMAGES, *wanted.extents]
        if wanted.is_integer:
            elements = random_weights.stream(golden.seed, wanted.name, int(np.prod(shape))) >> np.uint64(60)
            values.append(elements.astype(np.int64).reshape(shape))
        else:
            values.append(random_weights.uniform(golden.seed, wanted.name, shape, 0.0, np.float32(1)))
    return values


def outputs(golden: Golden) -> list[np.ndarray]:
    """The network's outputs for three images, f32 or i64."""
    network = golden.network().eval()
    fill(network, golden.seed, golden.roles)
    given = [torch.from_numpy(values) for values in inputs(golden)]
    with torch.no_grad():
        results = network.double()(*[x.double() if x.is_floating_point() else x for x in given])
    results = [results] if isinstance(results, torch.Tensor) else list(results)
    if len(results) != len(golden.outputs):
        raise SystemExit(f"{golden.name}: {len(results)} outputs, not {len(golden.outputs)}")
    return [result.numpy().astype(np.float32 if result.is_floating_point() else np.int64) for result in results]


def check_spread(name: str, values: np.ndarray):
    """Fails where an output is no output to compare with: not finite, constant, or the same for every image."""
    largest = np.abs(values).max()
    between = min(np.abs(values[i] - values[j]).max() for i in range(IMAGES) for j in range(i))
    # A single number has nothing to differ from.
    within = min(image.std() if image.size > 1 else largest for image in values)
    print(f"{name}: {list(values.shape)}, largest {largest:.3g}, images differ {between / largest:.2%}, "
          f"elements {within / largest:.2%}")
    if not np.isfinite(values).all() or between < 0.01 * largest or within < 0.01 * largest:
        raise SystemExit(f"{name}: the outputs mean nothing")
