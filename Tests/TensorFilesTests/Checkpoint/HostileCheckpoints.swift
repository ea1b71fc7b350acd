/// Files that no honest program has written, and what must be said of each.
let hostileCheckpoints: [(name: String, bytes: [UInt8], message: String)] = [
  // Code: an object by its name, which nothing has made.
  ("os.system", code("os", "system"), "an object of 'os.system'"),
  ("posix.system", code("posix", "system"), "an object of 'posix.system'"),
  ("eval", code("builtins", "eval"), "an object of 'builtins.eval'"),
  ("exec", code("__builtin__", "exec"), "an object of '__builtin__.exec'"),
  ("getattr", code("builtins", "getattr"), "an object of 'builtins.getattr'"),
  ("import", code("builtins", "__import__"), "an object of 'builtins.__import__'"),
  ("subprocess", code("subprocess", "Popen"), "an object of 'subprocess.Popen'"),
  ("hub", code("torch.hub", "load"), "an object of 'torch.hub.load'"),
  ("dotted", code("torch", "_utils.os.system"), "an object of 'torch._utils.os.system'"),
  (
    "stack global",
    checkpoint(Pickle(protocol: 4).text("os").text("system").raw([0x93]).op(")R.")),
    "an object of 'os.system'"
  ),
  (
    "legacy code", legacyCheckpoint(Pickle().global("os", "system").op("(").text("id").op("tR.")),
    "an object of 'os.system'"
  ),
  (
    "result of code",
    checkpoint(Pickle().global("builtins", "getattr").op(")R(").text("id").op("tR.")),
    "an object of 'builtins.getattr'"
  ),
  (
    "inst", checkpoint(Pickle().op("(").text("id").op("ios\nsystem\n.")),
    "an object of 'os.system'"
  ),
  (
    "obj", checkpoint(Pickle().op("(").global("os", "system").text("id").op("o.")),
    "an object of 'os.system'"
  ),
  ("obj of a text", checkpoint(Pickle().op("(").text("id").op("o.")), "called that is no function"),
  ("obj of nothing", checkpoint(Pickle().op("(o.")), "a class is missing"),
  (
    "newobj_ex", checkpoint(Pickle().global("os", "system").op(")}").raw([0x92]).op(".")),
    "an object of 'os.system'"
  ),
  ("newobj_ex of nothing", checkpoint(Pickle().op("))").raw([0x92]).op(".")), "value is missing"),
  (
    "code as tensor",
    checkpoint(
      .dictionary {
        $0.global("torch._utils", "_rebuild_tensor_v2").op("(").global("os", "system").op(")R")
          .integer(0).integers([1]).integers([1]).raw([0x89]).op("NtR")
      }), "else than a storage"
  ),
  (
    "code as parameter",
    checkpoint(
      .dictionary {
        $0.global("torch._utils", "_rebuild_parameter").op("(").global("os", "system").op(")RtR")
      }), "'a' is an object of 'os.system'"
  ),
  (
    "code as type",
    checkpoint(
      .dictionary {
        $0.global("torch._tensor", "_rebuild_from_type_v2").op("(").global("os", "system")
          .global("torch", "Tensor").op(")NtR")
      }), "'a' is an object of 'os.system'"
  ),
  (
    "type of itself",
    checkpoint(
      Pickle().global("torch._tensor", "_rebuild_from_type_v2").op("q", [0]).op("](h", [0])
        .global("torch", "Tensor").op("h", [1]).op("eR.")), "was not remembered"
  ),
  (
    "type in itself",
    checkpoint(
      Pickle().global("torch._tensor", "_rebuild_from_type_v2").op("q", [0]).op("]q", [1])
        .op("(h", [0]).global("torch", "Tensor").op("h", [1]).op("eR.")),
    "else than a function and its arguments"
  ),
  ("persid", checkpoint(Pickle().op("Pfile\n.")), "PERSID is refused"),
  ("extension", checkpoint(Pickle().raw([0x82, 1]).op(".")), "EXT1 is refused"),
  ("buffer", checkpoint(Pickle().raw([0x97]).op(".")), "NEXT_BUFFER is refused"),
  ("module", checkpoint(Pickle().op("(").text("module").op("tQ.")), "a persistent name is for 'm"),
  ("no opcode", checkpoint(Pickle().raw([0xee])), "the byte 238 is no instruction"),
  ("called tensor", checkpoint(Pickle().op("}(tR.")), "called that is no function"),
  ("called class", checkpoint(Pickle().global("torch", "FloatStorage").op(")R.")), "no function"),
  ("no arguments", checkpoint(Pickle().global("os", "system").op("NR.")), "a tuple of arguments"),
  ("attributes", checkpoint(Pickle().op("]}b.")), "has attributes that is no object"),
  ("items of a class", checkpoint(Pickle().global("os", "environ").op("NNs.")), "no dictionary"),

  // Size and depth.
  (
    "deep tuples", checkpoint(Pickle().op(")").raw([UInt8](repeating: 0x85, count: 3_000_000))),
    "too many objects"
  ),
  (
    "deep lists", checkpoint(Pickle().raw([UInt8](repeating: 0x5d, count: 3_000_000))),
    "too many objects"
  ),
  (
    "deep dictionaries",
    checkpoint(nested(50_000) { $0.op("}").text("k") }.op("}").raw(repeated("s", 50_000)).op(".")),
    "no dictionary of named tensors"
  ),
  ("marks", checkpoint(Pickle().raw(repeated("(", 3_000_000))), "too many marks"),
  ("numbers", checkpoint(Pickle().raw(repeated("N", 3_000_000))), "too many values"),
  (
    "memo",
    checkpoint(nested(500_000, Pickle().op("N")) { $0.raw([0x94]) }), "too many remembered values"
  ),
  (
    "laughs",
    checkpoint(nested(60, Pickle().op("]")) { $0.op("q", [0]).op("h", [0]).raw([0x86]) }.op(".")),
    "no dictionary of named tensors"
  ),
  (
    "self", checkpoint(Pickle().op("}q", [0]).text("a").op("h", [0]).op("s.")),
    "no dictionary of named tensors"
  ),
  (
    "wide", checkpoint(wideDictionaries()), "no dictionary of named tensors"
  ),
  ("texts", checkpoint(manyTexts()), "too many elements"),
  ("long text", checkpoint(Pickle().op("X", [0xff, 0xff, 0xff, 0xff])), "truncated"),
  ("longer text", checkpoint(Pickle().raw([0x8d] + little(Int.max))), "truncated"),
  ("longest text", checkpoint(Pickle().raw([0x8d] + little(-1))), "a length is too large"),
  ("long frame", checkpoint(Pickle().raw([0x95] + little(Int.max))), "truncated"),
  ("long integer", checkpoint(Pickle().raw([0x8b] + little(Int32.max))), "truncated"),
  ("longer integer", checkpoint(Pickle().raw([0x8b] + little(-1 as Int32))), "truncated"),
  (
    "objects",
    checkpoint(Pickle().global("a", "b").op("q", [0]).raw(manyObjects)), "too many objects"
  ),
  ("thrown away", checkpoint(Pickle().raw(repeated("N0", 1_000_000)).op(".")), "too many objects"),
  ("marks thrown away", checkpoint(Pickle().raw(repeated("(1", 1_000_000))), "too many objects"),
  ("long keys", checkpoint(longKeys()), "no dictionary of named tensors"),
  ("long names", checkpoint(longNames(), zeros: 8), "several dictionaries of tensors: '0', '1'"),
  (
    "appended",
    checkpoint(Pickle().global("a", "b").op(")R").raw(repeated("Na", 2_000_000)).op(".")),
    "too many elements"
  ),
  (
    "items",
    checkpoint(Pickle().global("a", "b").op(")R").raw(repeated("NNs", 1_000_000)).op(".")),
    "too many elements"
  ),
  ("names", checkpoint(Pickle().raw(repeated("ca\nb\n0", 2_000_000))), "too many classes"),
  (
    "long name", checkpoint(Pickle().global(String(repeating: "a", count: 1001), "b").op(".")),
    "is too long"
  ),
  (
    "very long name",
    checkpoint(Pickle().text(String(repeating: "a", count: 1 << 24)).text("b").raw([0x93])),
    "is too long"
  ),
  ("endless name", checkpoint(Pickle().op("c" + String(repeating: "a", count: 5000))), "no end"),
  (
    "object of itself",
    checkpoint(
      Pickle().global("a", "b").op(")Rq", [0]).text("k").op("h", [0]).op("sh", [0]).op("b.")),
    "an object of 'a.b'"
  ),
  (
    "object in itself",
    checkpoint(Pickle().global("a", "b").op(")Rq", [0]).text("k").op("h", [0]).op("s.")),
    "an object of 'a.b'"
  ),
  ("lists in lists", checkpoint(wideLists()), "no dictionary of named tensors"),
  ("unknown memory", checkpoint(Pickle().op("j", [0xff, 0xff, 0xff, 0xff])), "not remembered"),

  // Stack.
  ("empty", checkpoint(Pickle().op(".")), "a value is missing"),
  ("leftover", checkpoint(Pickle().op("NN.")), "values are left"),
  ("popped mark", checkpoint(Pickle().op("(0.")), "a value is missing"),
  ("popped marks", checkpoint(Pickle().op("(N1(0.")), "a value is missing"),
  ("no mark to pop", checkpoint(Pickle().op("N1.")), "a mark is missing"),
  ("no mark", checkpoint(Pickle().op("t.")), "a mark is missing"),
  ("below the mark", checkpoint(Pickle().op("}N(s.")), "a value is missing"),
  ("odd items", checkpoint(Pickle().op("}(Nu.")), "a key has no value"),
  ("items of a list", checkpoint(Pickle().op("](NNu.")), "what is no dictionary"),
  ("elements of a number", checkpoint(Pickle().op("K", [1]).op("Na.")), "what is no list"),
  ("no pickle", checkpoint(Pickle(protocol: 9).op("N.")), "protocol 9 is not supported"),

  // Tensors.
  ("past the end", view(shape: [3], strides: [1]), "passes the end of its storage of 2"),
  ("offset", view(offset: 2, shape: [1], strides: [1]), "passes the end"),
  ("negative offset", view(offset: -1, shape: [1], strides: [1]), "from -1, which is none"),
  ("negative extent", view(shape: [-2], strides: [1]), "which is none"),
  ("negative stride", view(offset: 1, shape: [2], strides: [-1]), "which is none"),
  ("huge extent", view(shape: [.max], strides: [0]), "which is none"),
  ("huge extents", view(shape: [1 << 33, 1 << 33], strides: [0, 0]), "which is none"),
  ("huge stride", view(shape: [3], strides: [.max]), "passes the end"),
  ("huge offset", view(offset: .max, shape: [1], strides: [1]), "passes the end"),
  ("broadcast", view(shape: [1 << 38], strides: [0]), "sixteen times the file's size"),
  ("missing strides", view(shape: [2, 1], strides: [1]), "which is none"),
  ("text as shape", tensorOf { $0.integer(0).text("2").integers([1]) }, "than a list of extents"),
  ("nothing as extent", tensorOf { $0.integer(0).op("(Nt").integers([1]) }, "no integer"),
  (
    "no arguments", checkpoint(Pickle().global("torch._utils", "_rebuild_tensor_v2").op(")R.")),
    "else than a storage"
  ),
  ("no storage", storage("1", count: 2), "lacks the storage '1'"),
  (
    "path as key", storage("../../../etc/passwd", count: 2),
    "lacks the storage '../../../etc/passwd'"
  ),
  ("larger storage", storage("0", count: 1 << 40), "elements, but the file has 8 bytes"),
  ("largest storage", storage("0", count: .max), "elements, but the file has 8 bytes"),
  ("negative storage", storage("0", count: -2), "described by something else"),
  (
    "complex", storage("0", count: 1, type: "ComplexFloatStorage"),
    "'a' is a tensor of 'torch.ComplexFloatStorage', which is not supported"
  ),
  ("two types", twoTypes, "two types or sizes"),
  (
    "bare tensor", checkpoint(Pickle().tensor(count: 2, shape: [2]).op("."), zeros: 8),
    "no dictionary"
  ),
]

private func repeated(_ letters: String, _ count: Int) -> [UInt8] {
  let piece = Array(letters.utf8)
  return [UInt8](unsafeUninitializedCapacity: piece.count * count) { bytes, filled in
    for index in 0..<piece.count * count { bytes[index] = piece[index % piece.count] }
    filled = piece.count * count
  }
}

/// Half a million objects of the class that is remembered as 0, each forgotten at once.
private let manyObjects = (0..<500_000).flatMap { _ in [0x68, 0, 0x29, 0x81, 0x30] as [UInt8] }

private func nested(
  _ count: Int, _ start: Pickle = Pickle(), _ step: (Pickle) -> Pickle
) -> Pickle {
  let piece = Array(step(Pickle()).bytes.dropFirst(2))
  return start.raw((0..<count).flatMap { _ in piece })
}

/// A call of a function with a shell command.
private func code(_ module: String, _ name: String) -> [UInt8] {
  checkpoint(Pickle().global(module, name).op("(").text("touch /tmp/resin-was-here").op("tR."))
}

/// As many texts as the limits allow, and more.
private func manyTexts() -> Pickle {
  let text = Array(Pickle().raw([0x8c, 24]).op("twenty-four little letters").bytes[2..<28])
  let list = Pickle().op("](").raw((0..<400_000).flatMap { _ in text }).op("e")
  let more = Array(list.bytes.dropFirst(3))
  return list.raw(more).raw(more).op(".")
}

/// Eight levels of dictionaries, each with a thousand times the one before.
private func wideDictionaries() -> Pickle {
  var pickle = Pickle().op("}").text("0").op("}q", [0]).op("s")
  for level in 1...8 as ClosedRange<UInt8> {
    pickle = pickle.text("\(level)").op("}q", [level]).op("(")
    let item = (0..<1000).reduce(Pickle()) { $0.text("k\($1)").op("h", [level - 1]) }
    pickle = pickle.raw(Array(item.bytes.dropFirst(2))).op("us")
  }
  return pickle.op(".")
}

/// Eight levels of lists, each with a thousand times the one before.
private func wideLists() -> Pickle {
  (1...8 as ClosedRange<UInt8>).reduce(Pickle().op("(]q", [0])) { pickle, level in
    let item = [0x68, level - 1]
    return pickle.op("]q", [level]).op("(").raw((0..<1000).flatMap { _ in item }).op("e")
  }.op("t.")
}

/// Twenty thousand dictionaries, each under the same two keys of a megabyte.
private func longKeys() -> Pickle {
  let inner = (0..<20_000).flatMap { _ in [0x68, 0, 0x7d] as [UInt8] }
  return Pickle().op("}").text(String(repeating: "a.", count: 1 << 19)).op("q", [0]).op("}(")
    .raw(inner).op("us.")
}

/// Twenty thousand dictionaries with the same matrix under the same name of a megabyte.
private func longNames() -> Pickle {
  let item: [UInt8] = [0x7d, 0x68, 0, 0x68, 1, 0x73]
  return Pickle().text(String(repeating: "a.", count: 1 << 19)).op("q", [0]).op("0")
    .tensor(count: 2, shape: [1, 2]).op("q", [1]).op("0](")
    .raw((0..<20_000).flatMap { _ in item }).op("e.")
}

private func view(offset: Int = 0, shape: [Int], strides: [Int]) -> [UInt8] {
  checkpoint(
    .dictionary { $0.tensor(count: 2, offset: offset, shape: shape, strides: strides) }, zeros: 8)
}

private func storage(_ key: String, count: Int, type: String = "FloatStorage") -> [UInt8] {
  checkpoint(.dictionary { $0.tensor(key: key, count: count, shape: [1], type: type) }, zeros: 8)
}

/// A tensor whose offset, shape and strides are made by hand.
private func tensorOf(_ rest: (Pickle) -> Pickle) -> [UInt8] {
  checkpoint(
    .dictionary {
      rest($0.global("torch._utils", "_rebuild_tensor").op("(").storage("0", count: 2)).op("tR")
    }, zeros: 8)
}

private var twoTypes: [UInt8] {
  checkpoint(
    Pickle().op("}(").text("a").tensor(count: 2, shape: [1]).text("b")
      .tensor(count: 1, shape: [1], type: "DoubleStorage").op("u."), zeros: 8)
}
