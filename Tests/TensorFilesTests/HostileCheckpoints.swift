/// Files that no honest program has written, and what must be said of each.
let hostileCheckpoints: [(name: String, bytes: [UInt8], message: String)] = [
  // Code.
  ("os.system", code("os", "system"), "'os.system' is refused"),
  ("posix.system", code("posix", "system"), "'posix.system' is refused"),
  ("eval", code("builtins", "eval"), "'builtins.eval' is refused"),
  ("exec", code("__builtin__", "exec"), "'__builtin__.exec' is refused"),
  ("getattr", code("builtins", "getattr"), "'builtins.getattr' is refused"),
  ("import", code("builtins", "__import__"), "'builtins.__import__' is refused"),
  ("subprocess", code("subprocess", "Popen"), "'subprocess.Popen' is refused"),
  ("hub", code("torch.hub", "load"), "'torch.hub.load' is refused"),
  ("dotted", code("torch", "_utils.os.system"), "'torch._utils.os.system' is refused"),
  (
    "stack global",
    checkpoint(Pickle(protocol: 4).text("os").text("system").raw([0x93]).op(")R.")),
    "'os.system' is refused"
  ),
  (
    "legacy code", legacyCheckpoint(Pickle().global("os", "system").op("(").text("id").op("tR.")),
    "'os.system' is refused"
  ),
  ("inst", checkpoint(Pickle().op("(").text("id").op("ios\nsystem\n.")), "INST is refused"),
  ("obj", checkpoint(Pickle().op("(").text("id").op("o.")), "OBJ is refused"),
  ("persid", checkpoint(Pickle().op("Pfile\n.")), "PERSID is refused"),
  ("extension", checkpoint(Pickle().raw([0x82, 1]).op(".")), "EXT1 is refused"),
  ("newobj_ex", checkpoint(Pickle().op("))").raw([0x92]).op(".")), "NEWOBJ_EX is refused"),
  ("buffer", checkpoint(Pickle().raw([0x97]).op(".")), "NEXT_BUFFER is refused"),
  ("module", checkpoint(Pickle().op("(").text("module").op("tQ.")), "'module' is refused"),
  ("no opcode", checkpoint(Pickle().raw([0xee])), "the byte 238 is no instruction"),
  ("called tensor", checkpoint(Pickle().op("}(tR.")), "called that is no function"),
  ("called class", checkpoint(Pickle().global("torch", "FloatStorage").op(")R.")), "no function"),
  ("attributes", checkpoint(Pickle().op("]}b.")), "other than a dictionary has attributes"),

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
  ("long integer", checkpoint(Pickle().raw([0x8b] + little(Int32.max))), "LONG4 is refused"),
  ("unknown memory", checkpoint(Pickle().op("j", [0xff, 0xff, 0xff, 0xff])), "not remembered"),

  // Stack.
  ("empty", checkpoint(Pickle().op(".")), "a value is missing"),
  ("leftover", checkpoint(Pickle().op("NN.")), "values are left"),
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
    "'torch.ComplexFloatStorage' is refused"
  ),
  ("two types", twoTypes, "two types or sizes"),
  (
    "bare tensor", checkpoint(Pickle().tensor(count: 2, shape: [2]).op("."), zeros: 8),
    "no dictionary"
  ),
]

private func repeated(_ letter: Unicode.Scalar, _ count: Int) -> [UInt8] {
  [UInt8](repeating: UInt8(ascii: letter), count: count)
}

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
