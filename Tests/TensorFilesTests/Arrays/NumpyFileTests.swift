import Foundation
import GraphIR
import TensorFiles
import TestSupport
import Testing

@Suite struct NumpyFileTests {
  @Test(arguments: [
    Tensor([2, 3], floats: [0, -1.5, .infinity, 0x1p-149, 3, -0.0]), Tensor([], floats: [2]),
    Tensor([3], integers: [.min, 0, .max]), Tensor([0, 7], floats: []),
    Tensor([1, 1, 2], booleans: [true, false]),
  ])
  func aWrittenTensorComesBack(_ tensor: Tensor) throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/t.npy"
      try writeNumpy(tensor, to: path)
      #expect(try readNumpy(path: path) == tensor)
      let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
      #expect((bytes.count - tensor.type.byteCount) % 64 == 0)
    }
  }

  /// NumPy wrote the file; ours must have the same bytes.
  @Test func theBytesAreNumPys() throws {
    try withTemporaryFolder { folder in
      let (path, golden) = ("\(folder)/t.npy", "\(goldens)/npy_f4.npy")
      try writeNumpy(try readNumpy(path: golden), to: path)
      let (own, theirs) = (
        try Data(contentsOf: URL(fileURLWithPath: path)),
        try Data(contentsOf: URL(fileURLWithPath: golden))
      )
      #expect(own == theirs)
    }
  }

  /// Every file of `make_goldens.py` holds the numbers from 0 to 23, or whether they are odd, as
  /// [2, 3, 4].
  @Test(arguments: [
    "f2", "f4", "f8", "f4_big", "f4_fortran", "f4_v2", "f4_v3", "i1", "i2_big", "i4", "i8",
    "i8_fortran", "u1", "u2", "u4", "u8", "b1", "b1_fortran",
  ])
  func everyTypeAndOrderIsRead(_ variant: String) throws {
    let tensor = try readNumpy(path: "\(goldens)/npy_\(variant).npy")
    #expect(tensor.shape == [2, 3, 4])
    switch tensor.storage {
    case .float32(let values):
      #expect(variant.hasPrefix("f"))
      #expect(values == (0..<24).map(Float.init))
    case .int64, .int32, .int8, .uint8:
      let kept = ["i1": ElementType.int8, "u1": .uint8, "i4": .int32][variant] ?? .int64
      #expect(tensor.element == kept)
      #expect(tensor.wholeNumbers == (0..<24).map(Int64.init))
    case .bool(let values):
      #expect(variant.hasPrefix("b"))
      #expect(values == (0..<24).map { $0 % 2 == 1 })
    }
  }

  @Test(arguments: ElementType.allCases) func everyTypeIsWrittenAndReadBack(
    _ element: ElementType
  ) throws {
    try withTemporaryFolder { folder in
      let tensor = Tensor.seeded(TensorType([2, 3], element: element), seed: 5)
      try writeNumpy(tensor, to: "\(folder)/t.npy")
      #expect(try readNumpy(path: "\(folder)/t.npy") == tensor)
    }
  }

  @Test func integersOfTheOtherByteOrderAreRead() throws {
    try withTemporaryFolder { folder in
      var file = Self.npy("{'descr': '>i4', 'fortran_order': False, 'shape': (2,)}", data: 8)
      file.replaceSubrange((file.count - 8)..., with: [0xff, 0xff, 0xff, 0xfe, 0, 1, 0, 0])
      try Data(file).write(to: URL(fileURLWithPath: "\(folder)/t.npy"))
      #expect(
        try readNumpy(path: "\(folder)/t.npy") == Tensor([2], elements: [Int32(-2), 65_536]))
    }
  }

  static let badFiles: [(bytes: [UInt8], message: String)] = [
    ([], "the file is empty"),
    (Array("PK\u{3}\u{4} an archive".utf8), "not an .npy file"),
    ([0x93] + Array("NUMPY".utf8), "truncated inside its header"),
    ([0x93] + Array("NUMPY".utf8) + [9, 0, 0, 0, 0, 0], "version 9.0"),
    ([0x93] + Array("NUMPY".utf8) + [1, 0, 0xff, 0xff, 0x7b, 0x7d], "truncated inside its header"),
    (
      [0x93] + Array("NUMPY".utf8) + [2, 0, 0xff, 0xff, 0xff, 0xff, 0x7b, 0x7d],
      "truncated inside its header"
    ),
    (npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", data: 7), "truncated"),
    (npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", data: 9), "9 follow"),
    (npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}", data: 8), "whole numbers"),
    (npy("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}"), "whole"),
    (npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}"), "large"),
    (npy("{'descr': '<f4', 'fortran_order': True, 'shape': (0, 9223372036854775807)}"), "large"),
    (npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1099511627776,)}"), "truncated"),
    (npy("{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}", data: 8), "'<c8' is not"),
    (npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", data: 8), "'|O' is not"),
    (npy("{'descr': '', 'fortran_order': False, 'shape': (1,)}", data: 8), "'' is not"),
    (npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}"), "records"),
    (npy("{'descr': '<f4', 'fortran_order': 1, 'shape': (1,)}"), "True or False"),
    (npy("{'descr': '<f4', 'shape': (1,)}"), "must all be there"),
    (npy("{'descr': '<f4', 'descr': '<f4'}"), "stands twice"),
    (npy("{'descr': '<f4"), "ends inside a string"),
    (npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x"), "closing brace"),
    (npy("("), "expected '{'"),
    (npy(""), "ends early"),
    (
      npy("{'descr': '<u8', 'fortran_order': False, 'shape': ()}") + [0, 0, 0, 0, 0, 0, 0, 0x80],
      "largest i64"
    ),
  ]

  static func npy(_ header: String, data: Int = 0) -> [UInt8] {
    [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
      + [UInt8](repeating: 0, count: data)
  }

  @Test(arguments: badFiles.indices)
  func aBadFileIsDiagnosed(_ index: Int) throws {
    let (bytes, message) = Self.badFiles[index]
    try expectDiagnostic(bytes, [message], read: readNumpy)
  }
}
