"""Makes the checkpoints of this folder: python Tests/TensorFilesTests/Goldens/make_checkpoints.py

Needs PyTorch and safetensors. `checkpoint.safetensors` holds what each of them must give.
"""

import io
import zipfile
from collections import OrderedDict
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

HERE = Path(__file__).resolve().parent


def tensors() -> OrderedDict:
    """Every element type and kind of view."""
    numbers = torch.arange(-12, 12)
    shared = torch.linspace(-2, 2, 24)
    result = OrderedDict()
    for name, dtype in [
        ("f32", torch.float32), ("f16", torch.float16), ("bf16", torch.bfloat16), ("f64", torch.float64),
        ("i64", torch.int64), ("i32", torch.int32), ("i16", torch.int16), ("i8", torch.int8),
    ]:
        result[name] = (numbers.double() / 7 if dtype.is_floating_point else numbers).to(dtype).reshape(2, 3, 4)
    result["u8"] = (numbers + 12).to(torch.uint8)
    result["truth"] = numbers % 3 == 0
    result["bn.num_batches_tracked"] = torch.tensor(1234)
    result["empty"] = torch.zeros(0, 3)
    result["parameter"] = nn.Parameter(shared.clone())
    result["shared.whole"] = shared
    result["shared.slice"] = shared[5:11]
    result["shared.matrix"] = shared.view(4, 6)
    result["shared.transposed"] = shared.view(4, 6).t()
    result["shared.columns"] = shared.view(2, 3, 4)[:, ::2, 1:3]
    result["shared.permuted"] = shared.view(2, 3, 4).permute(2, 0, 1)
    result["expanded"] = torch.tensor([[1.5], [2.5]]).expand(2, 3)
    result["channels_last"] = torch.randn(2, 3, 4, 5, generator=torch.Generator().manual_seed(1)).contiguous(
        memory_format=torch.channels_last
    )
    return result


def save(name: str, value, **options):
    # A stream gives the archive's folder the same name always.
    stream = io.BytesIO()
    torch.save(value, stream, **options)
    (HERE / name).write_bytes(stream.getvalue())


def save_big_endian(name: str, value: OrderedDict):
    """What a big-endian machine writes: the archive with the bytes of every element swapped."""
    stream = io.BytesIO()
    torch.save(value, stream)
    sizes = {}
    for tensor in value.values():
        storage = tensor.untyped_storage()
        sizes[storage.data_ptr()] = tensor.element_size()
    widths = list(sizes.values())
    with zipfile.ZipFile(stream) as source, zipfile.ZipFile(HERE / name, "w") as target:
        for entry in source.namelist():
            data = source.read(entry)
            folder, _, key = entry.rpartition("/")
            if folder == "archive/data":
                width = widths[int(key)]
                data = b"".join(data[i : i + width][::-1] for i in range(0, len(data), width))
            target.writestr(entry, b"big" if entry == "archive/byteorder" else data)


def main():
    torch.manual_seed(0)
    values = tensors()
    save_file({name: value.detach().contiguous().clone() for name, value in values.items()},
              HERE / "checkpoint.safetensors")
    save("checkpoint_zip.pth", values)
    save("checkpoint_legacy.pth", values, _use_new_zipfile_serialization=False)
    for protocol in [3, 4, 5]:
        save(f"checkpoint_zip_protocol{protocol}.pth", values, pickle_protocol=protocol)
        save(f"checkpoint_legacy_protocol{protocol}.pth", values, pickle_protocol=protocol,
             _use_new_zipfile_serialization=False)
    save("checkpoint_module.pth", OrderedDict(("module." + name, value) for name, value in values.items()))
    save_big_endian("checkpoint_big_endian.pth", OrderedDict(
        (name, value) for name, value in values.items() if value.numel() > 0))

    # A training state: only one dictionary holds tensors by name.
    model = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.randn(4, 3)).sum().backward()
    optimizer.step()
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [3, 5])
    save("checkpoint_training.pth", {
        "epoch": 3, "best": 0.25, "name": "digits", "device": torch.device("cpu"), "dtype": torch.float32,
        "size": torch.Size([2, 3]), "state_dict": model.state_dict(), "optimizer": optimizer.state_dict(),
        "schedule": {k: v for k, v in schedule.state_dict().items() if not k.startswith("_")},
    })
    save_file(model.state_dict(), HERE / "checkpoint_training.safetensors")
    save("checkpoint_two.pth", {
        "model": {"a": torch.ones(2)}, "more": {"ema": {"a": torch.zeros(2)}},
    })
    # Unsigned integers have no storage classes of their own.
    save("checkpoint_unsigned.pth", {
        name: torch.tensor([0, 1, 65535], dtype=torch.int64).to(dtype)
        for name, dtype in [("u16", torch.uint16), ("u32", torch.uint32), ("u64", torch.uint64)]
    })

    # What is refused.
    save("whole_module.pth", model)


if __name__ == "__main__":
    main()
