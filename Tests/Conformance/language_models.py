"""Exports transformers by PyTorch's two exporters, and compares Resin with ONNX Runtime.

    language_models.py [--resin PROGRAM] [--only NAME] [--keep FOLDER] [--write]

Small networks of the package transformers, and PyTorch's own encoder, with random weights. `optimised` is what ONNX Runtime
makes of the first exporter's file, with operators of the domain com.microsoft. As `classifiers.py` otherwise.
"""

import sys
import warnings

import numpy as np
import onnxruntime
import torch
import transformers

import classifiers
import report

ROWS, WORDS = 11, 96
EXPORTERS = ("torchscript", "dynamo", "optimised")
BEGIN = "<!-- language models: written by `language_models.py --write` -->"
END = "<!-- end of language models -->"


class First(torch.nn.Module):
    """The first output of a network for words and what each of them may see."""

    def __init__(self, inner, *names):
        super().__init__()
        self.inner, self.names = inner, names

    def forward(self, *values):
        return self.inner(**dict(zip(self.names, values)), return_dict=False)[0]


class Encoder(torch.nn.Module):
    def __init__(self, first):
        super().__init__()
        layer = torch.nn.TransformerEncoderLayer(32, 4, 64, batch_first=True, norm_first=first)
        self.inner = torch.nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)

    def forward(self, x):
        return self.inner(x)


def small(kind, **options):
    return getattr(transformers, kind + "Config")(vocab_size=WORDS, **options)


def words():
    return np.random.default_rng(1).integers(0, WORDS, (2, ROWS))


def seen():
    """The second text is shorter."""
    return np.array([[1] * ROWS, [1] * (ROWS - 4) + [0] * 4])


def bert():
    config = small("Bert", hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64)
    names = "input_ids", "attention_mask", "token_type_ids"
    return First(transformers.BertModel(config), *names), (words(), seen(), words() % 2)


def distilbert():
    config = small("DistilBert", dim=32, n_layers=2, n_heads=4, hidden_dim=64)
    return First(transformers.DistilBertModel(config), "input_ids", "attention_mask"), (words(), seen())


def gpt2(mask):
    config = small("GPT2", n_embd=32, n_layer=2, n_head=4, use_cache=False)
    network = transformers.GPT2LMHeadModel(config)
    if mask:
        return First(network, "input_ids", "attention_mask"), (words(), seen())
    return First(network, "input_ids"), (words(),)


def encoder(first):
    return Encoder(first), (np.random.default_rng(1).standard_normal((2, ROWS, 32), np.float32),)


NETWORKS = {
    "BertModel": bert, "DistilBertModel": distilbert, "GPT2LMHeadModel": lambda: gpt2(False),
    "GPT2LMHeadModel with a mask": lambda: gpt2(True),
    "nn.TransformerEncoder": lambda: encoder(False), "nn.TransformerEncoder, norm_first": lambda: encoder(True),
}


def network(name):
    """The network with weights that are all random, and its inputs."""
    torch.manual_seed(1)
    result, inputs = NETWORKS[name]()
    for parameter in result.parameters():
        if parameter.ndim == 1:
            torch.nn.init.normal_(parameter, 0.5, 0.2)
        else:
            torch.nn.init.normal_(parameter, 0, 0.2)
    return result.eval(), inputs


def export(name, exporter, path):
    result, inputs = network(name)
    if exporter == "optimised":
        options = onnxruntime.SessionOptions()
        options.optimized_model_filepath = str(path)
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
        plain = path.with_name(path.name.replace("optimised", "torchscript"))
        if not plain.exists():
            raise ValueError("the first exporter wrote nothing")
        onnxruntime.InferenceSession(str(plain), options, providers=["CPUExecutionProvider"])
        return
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            result, tuple(torch.from_numpy(value) for value in inputs), str(path), dynamo=exporter == "dynamo",
            external_data=False, verbose=False, input_names=[f"input{i}" for i in range(len(inputs))],
            output_names=["output"])


def check(resin, name, exporter, folder):
    path = folder / f"{''.join(c for c in name if c.isalnum())}-{exporter}.onnx"
    try:
        if not path.exists():
            export(name, exporter, path)
    except Exception as error:
        return None, f"is not exported: {str(error).strip().splitlines()[0][:120]}"
    return classifiers.compare(resin, path, folder, network(name)[1])


def main():
    torch.set_num_threads(1)
    # The first exporter has no form for PyTorch's fused encoder.
    torch.backends.mha.set_fastpath_enabled(False)
    heading = f"transformers {transformers.__version__}, two texts of {ROWS} words:"
    return report.compare_networks(classifiers.ROOT, NETWORKS, EXPORTERS, heading, check, BEGIN, END)


if __name__ == "__main__":
    sys.exit(main())
