import Artifacts
import TestSupport
import Testing

/// Sums from FIPS 180-4's examples, by the processor's instructions and without.
@Suite struct SHA256Tests {
  @Test(
    arguments: [
      ("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
      ("a", 1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ], [true, false])
  func examples(example: (String, Int, String), withInstructions: Bool) {
    var sum = SHA256(withInstructions: withInstructions)
    for _ in 0..<example.1 { sum.add(example.0) }
    #expect(sum.hexadecimal == example.2)
  }

  @Test(arguments: [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000]) func piecesAndTheSystemsOwn(
    count: Int
  ) throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }
    let folder = try ScratchFolder()
    let expected = try runProgram(["sha256sum", folder.write("bytes", bytes)]).output.prefix(64)
    for withInstructions in [true, false] {
      for piece in [1, 7, 64, 100] {
        var sum = SHA256(withInstructions: withInstructions)
        for start in stride(from: 0, to: count, by: piece) {
          bytes[start..<min(count, start + piece)].withUnsafeBytes { sum.add($0) }
        }
        #expect(sum.hexadecimal == expected)
      }
    }
  }
}
