"""Runs any compiled model without its header: python3 run_model.py libNAME.so [AXIS=EXTENT ...] INPUT ...

A library with code for several sizes takes the first one unless an extent is given for each axis. Each INPUT is a file of the elements alone, of the type that the model declares: float32, uint8, int64 ...
"""
import ctypes, math, os, sys
from ctypes import (CFUNCTYPE, POINTER, Structure, c_char_p, c_float, c_int32, c_int64,
                    c_size_t, c_uint32, c_uint64, c_void_p)

class Port(Structure):
    _fields_ = [("name", c_char_p), ("element", c_int32), ("rank", c_int32), ("dims", POINTER(c_int64)),
                ("preprocessing", c_void_p), ("label_count", c_int32), ("labels", POINTER(c_char_p)),
                ("images", c_int64)]

Run = CFUNCTYPE(c_int32, c_void_p, POINTER(c_void_p), POINTER(c_void_p), c_void_p, c_size_t, c_void_p)
class Model(Structure):
    _fields_ = [("abi_version", c_uint32), ("struct_bytes", c_uint32), ("name", c_char_p),
                ("resin_version", c_char_p), ("instruction_set", c_char_p), ("feature_count", c_int32),
                ("features", POINTER(c_char_p)), ("input_count", c_int32), ("inputs", POINTER(Port)),
                ("output_count", c_int32), ("outputs", POINTER(Port)), ("step_count", c_int32),
                ("steps", c_void_p), ("workspace_bytes", c_uint64), ("alignment", c_uint64),
                ("weights_mode", c_int32), ("weights_bytes", c_uint64), ("weights_checksum", c_uint64),
                ("weights_file", c_char_p), ("llvm_version", c_char_p), ("options", c_char_p),
                ("model_sha256", c_char_p), ("weights_sha256", c_char_p), ("check_cpu", CFUNCTYPE(c_int32)), ("run", Run),
                ("run_steps", c_void_p),
                ("map_weights", CFUNCTYPE(c_int32, c_char_p, POINTER(c_void_p)))]

class Dimension(Structure):
    _fields_ = [("name", c_char_p), ("count", c_int32), ("extents", POINTER(c_int64))]

def model_of_sizes(library, sizes):
    """The model for these sizes, a dictionary of extents by the names of their axes."""
    dimensions = POINTER(Dimension)()
    known = dimensions[:library.resin_model_dimensions(ctypes.byref(dimensions))]
    extents = [sizes.get(one.name.decode(), one.extents[0]) for one in known]
    library.resin_model_of_sizes.restype = POINTER(Model)
    library.resin_model_of_sizes.argtypes = [c_int64, POINTER(c_int64)]
    model = library.resin_model_of_sizes(batch_of(library), (c_int64 * len(extents))(*extents))
    lists = [f"{one.name.decode()} {', '.join(map(str, one.extents[:one.count]))}" for one in known]
    assert model, "no code for these sizes, but for " + "; ".join(lists)
    return model

def batch_of(library):
    """The first number of images that the library has code for; any where it has one."""
    batches = POINTER(c_int64)()
    several = hasattr(library, "resin_model_batches")
    return batches[0] if several and library.resin_model_batches(ctypes.byref(batches)) else 1

def array(port, data=None):
    kind = {0: c_float, 1: c_int64, 2: ctypes.c_uint8,  # bool: 0 or 1
            3: ctypes.c_uint8, 4: ctypes.c_int8, 5: c_int32}[port.element]
    count = math.prod(port.dims[:port.rank])
    return (kind * count).from_buffer_copy(data) if data is not None else (kind * count)()

library_path, *rest = sys.argv[1:]
sizes = {name: int(extent) for name, equals, extent in (word.partition("=") for word in rest) if equals}
input_paths = [word for word in rest if "=" not in word]
library = ctypes.CDLL(os.path.abspath(library_path))
library.resin_model_get.restype = POINTER(Model)
model = (model_of_sizes(library, sizes) if sizes else library.resin_model_get()).contents
assert model.abi_version == 6 and model.input_count == len(input_paths), "not this model"
weights = c_void_p()
if model.weights_file:
    path = os.path.join(os.path.dirname(os.path.abspath(library_path)), model.weights_file.decode())
    assert model.map_weights(path.encode(), ctypes.byref(weights)) == 0, "cannot map " + path
inputs = [array(model.inputs[i], open(path, "rb").read()) for i, path in enumerate(input_paths)]
outputs = [array(model.outputs[i]) for i in range(model.output_count)]
pointers = lambda arrays: (c_void_p * len(arrays))(*map(ctypes.addressof, arrays))
memory = ctypes.create_string_buffer(model.workspace_bytes + model.alignment)
aligned = -(-ctypes.addressof(memory) // model.alignment) * model.alignment
code = model.run(weights, pointers(inputs), pointers(outputs), aligned, model.workspace_bytes, None)
assert code == 0, f"code {code}"
for i, output in enumerate(outputs):
    text = lambda value: f"{value:.6g}" if isinstance(value, float) else str(value)
    print(model.outputs[i].name.decode(), *map(text, output))
