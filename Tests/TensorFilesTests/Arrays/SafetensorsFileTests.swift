import Foundation
import GraphIR
import TensorFiles
import Testing

@Suite struct SafetensorsFileTests {
  @Test func writtenTensorsComeBackInOrder() throws {
    let tensors: [(String, Tensor)] = [
      ("weight", Tensor([2, 3], floats: [0, -1.5, .infinity, 0x1p-149, 3, -0.0])),
      ("empty", Tensor([0, 4], floats: [])),
      ("truth \"\\\n é 😀", Tensor([3], booleans: [true, false, true])),
      ("scalar", Tensor([], integers: [-7])),
    ]
    try withTemporaryFolder { folder in
      let path = "\(folder)/t.safetensors"
      try writeSafetensors(tensors, to: path)
      let file = try SafetensorsFile(path: path)
      #expect(file.names == tensors.map(\.0))
      for (name, tensor) in tensors {
        #expect(try file.tensor(name) == tensor)
        #expect(file.type(of: name) == tensor.type)
      }
      let first = try Data(contentsOf: URL(fileURLWithPath: path))
      try writeSafetensors(tensors, to: path)
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == first)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["t.safetensors"])
    }
  }

  /// `Goldens/make_goldens.py` wrote the file and the same values as f32.
  @Test(arguments: ["F16", "BF16", "F64"])
  func widenedFloatsEqualPyTorchs(_ type: String) throws {
    let file = try SafetensorsFile(path: "\(goldens)/types.safetensors")
    #expect(file.metadata.map(\.key) == ["made by"])
    let (stored, expected) = (try file.tensor(type), try file.tensor("\(type) as F32"))
    #expect(stored.shape == expected.shape)
    #expect(stored.floats.map(\.bitPattern) == expected.floats.map(\.bitPattern))
  }

  @Test func integersKeepTheirTypesOrBecomeInt64() throws {
    let file = try SafetensorsFile(path: "\(goldens)/types.safetensors")
    #expect(try file.tensor("I8") == Tensor([3], elements: [Int8(-128), 0, 127]))
    #expect(try file.tensor("U8") == Tensor([3], elements: [UInt8(0), 1, 255]))
    #expect(try file.tensor("I16").integers == [-32768, 0, 32767])
    #expect(try file.tensor("I32") == Tensor([3], elements: [Int32.min, 0, .max]))
    #expect(try file.tensor("I64").integers == [.min, 0, .max])
    #expect(try file.tensor("BOOL").booleans == [true, false, true])
  }

  @Test func anUnknownTensorGetsTheNearestName() throws {
    let file = try SafetensorsFile(path: "\(goldens)/types.safetensors")
    expectDiagnostic(["there is no tensor 'F33'", "'F32'"]) { _ = try file.tensor("F33") }
  }

  @Test func aHugeUnsignedIntegerIsDiagnosed() throws {
    var bytes = safetensors(#"{"n":{"dtype":"U64","shape":[1],"data_offsets":[0,8]}}"#, data: 8)
    bytes[bytes.count - 1] = 0x80
    try expectDiagnostic(bytes, ["tensor 'n'", "largest i64"]) {
      try SafetensorsFile(path: $0).tensor("n")
    }
  }

  static let badFiles: [(bytes: [UInt8], message: String)] = [
    ([], "the file is empty"),
    ([1, 2, 3], "too short"),
    (Array("\u{7f}ELF, surely not tensors".utf8), "more than the format allows"),
    ([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], "more than the format allows"),
    ([16, 0, 0, 0, 0, 0, 0, 0, 0x7b], "truncated"),
    (safetensors("", data: 0), "ends early"),
    (safetensors("{", data: 0), "ends early"),
    (safetensors("[1]", data: 0), "expected '{'"),
    (safetensors("{} x", data: 0), "text after the header's end"),
    (safetensors("{\"a", data: 0), "ends inside a string"),
    (safetensors("{\"\\x\":1}", data: 0), "unknown escape"),
    (safetensors("{\"\\ud800\":1}", data: 0), "surrogate"),
    (safetensors("{\"__metadata__\":{\"a\":1}}", data: 0), "expected '\"'"),
    (entry("F32", "[2]", "[0,8]", data: 4), "truncated"),
    (entry("F32", "[2]", "[0,8]", data: 9), "the file goes on for 1 byte after the last tensor"),
    (entry("F32", "[2]", "[0,4]", data: 4), "tensor 'a': error: has 8 bytes by its shape"),
    (entry("F32", "[2]", "[8,0]", data: 8), "data_offsets [8, 0]"),
    (entry("F32", "[2]", "[4,12]", data: 12), "leaves a gap"),
    (entry("F32", "[-2]", "[0,8]", data: 8), "expected a whole number"),
    (entry("F32", "[2.0]", "[0,8]", data: 8), "expected a whole number"),
    (entry("F32", "[02]", "[0,8]", data: 8), "expected a whole number"),
    (entry("F32", "[99999999999999999999]", "[0,8]", data: 8), "too large"),
    (entry("F32", "[4294967296,4294967296,4294967296]", "[0,0]", data: 0), "too large"),
    (entry("F32", "[0,9223372036854775807,9]", "[0,0]", data: 0), "too large"),
    (entry("F32", "[1099511627776]", "[0,4398046511104]", data: 8), "truncated"),
    (entry("F8_E5M2", "[2]", "[0,2]", data: 2), "'F8_E5M2', which is not supported"),
    (entry("F32", "[2]", "[0,8,9]", data: 8), "needs a dtype, a shape and two data_offsets"),
    (
      safetensors(#"{"a":{"dtype":"F32","dtype":"F32"}}"#, data: 0),
      "'dtype' of tensor 'a' is unknown or twice"
    ),
    (
      safetensors(
        #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[0],"data_offsets":[1,1]}}"#,
        data: 1), "the key 'a' stands twice"
    ),
    (
      safetensors(
        #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}"#,
        data: 3), "tensor 'b': error: overlaps"
    ),
    (safetensors(String(repeating: "[", count: 100_000), data: 0), "expected '{'"),
  ]

  static func entry(_ type: String, _ shape: String, _ offsets: String, data: Int) -> [UInt8] {
    safetensors(
      "{\"a\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}}", data: data)
  }

  @Test(arguments: badFiles.indices)
  func aBadFileIsDiagnosed(_ index: Int) throws {
    let (bytes, message) = Self.badFiles[index]
    try expectDiagnostic(bytes, [message]) { try SafetensorsFile(path: $0) }
  }

  @Test func everyTruncationIsDiagnosed() throws {
    let whole = try Data(contentsOf: URL(fileURLWithPath: "\(goldens)/types.safetensors"))
    for count in stride(from: 0, to: whole.count, by: 7) {
      try expectDiagnostic(Array(whole[..<count]), []) { try SafetensorsFile(path: $0) }
    }
  }

  @Test func aMissingFileAndAFolderAreDiagnosed() throws {
    try withTemporaryFolder { folder in
      expectDiagnostic(["\(folder)/no: error: cannot open the file: No such file"]) {
        _ = try SafetensorsFile(path: "\(folder)/no")
      }
      expectDiagnostic(["is a folder"]) { _ = try SafetensorsFile(path: folder) }
    }
  }
}
