import Foundation
import KernelGen
import LLVMKit
import TestSupport
import Testing

/// What stands in for a C library, against this system's.
@Suite struct LibraryFunctionTests {
  /// All functions, in this process. Their names are those of the C library, so that the session's own come
  /// first.
  private final class Code: @unchecked Sendable {
    let jit: JIT

    init() throws {
      let triple = "x86_64-unknown-linux-gnu"
      let target = try Target(triple: triple, cpu: "x86-64")
      let module = IRModule(name: "library")
      for function in LibraryFunction.allCases { function.emit(into: module, isLocal: false) }
      #expect(module.firstBrokenInvariant() == nil)
      try target.optimize(module, pipeline: "verify")
      jit = try JIT()
      try jit.add(object: try target.object(module))
    }

    func function<Function>(_ name: LibraryFunction, as type: Function.Type) throws -> Function {
      unsafeBitCast(try jit.address(of: name.rawValue), to: type)
    }
  }

  private typealias OfTwo = @convention(c) (Float, Float) -> Float
  private typealias OfOne = @convention(c) (Float) -> Float
  private typealias OfDouble = @convention(c) (Double) -> Double

  private static let special: [Float] = [
    0, -0.0, 1, -1, 0.5, -0.5, 2, -2, 3, -3, 1.5, -1.5, 0x1p23, 0x1p24 - 1, -0x1p24 + 1, 0x1p24,
    1e30,
    -1e30, 1e-30, .infinity, -.infinity, .nan, .leastNormalMagnitude, .greatestFiniteMagnitude,
    0.99999994, 1.0000001,
  ]

  /// Pairs of special values, and of numbers of all sizes.
  private static func pairs(_ sizes: ClosedRange<Int>, _ others: ClosedRange<Int>) -> [(
    Float, Float
  )] {
    var generator = SeededGenerator(seed: 5)
    func number(_ exponents: ClosedRange<Int>) -> Float {
      let size = Float.random(in: 1..<2, using: &generator)
      let exponent = Int.random(in: exponents, using: &generator)
      return Float(sign: .plus, exponent: exponent, significand: size)
        * (Bool.random(using: &generator) ? 1 : -1)
    }
    return special.flatMap { x in special.map { (x, $0) } }
      + (0..<200_000).map { _ in (number(sizes), number(others)) }
  }

  private static func isSame(_ found: Float, _ wanted: Float) -> Bool {
    found.bitPattern == wanted.bitPattern || (found.isNaN && wanted.isNaN)
  }

  @Test func remaindersAreExact() throws {
    let code = try Code()
    let fmodf = try code.function(.fmodf, as: OfTwo.self)
    for (x, y) in Self.pairs(-126...127, -126...127) {
      #expect(Self.isSame(fmodf(x, y), Foundation.fmodf(x, y)), "fmod(\(x), \(y))")
    }
  }

  /// Powers as doubles give them, rounded; of this system's some are rounded otherwise.
  @Test func powersAreTheNearest() throws {
    let code = try Code()
    let powf = try code.function(.powf, as: OfTwo.self)
    for (x, y) in Self.pairs(-20...20, -6...3) + Self.pairs(-1...0, 0...12) {
      let (found, wanted) = (powf(x, y), Float(Foundation.pow(Double(x), Double(y))))
      #expect(Self.isSame(found, wanted), "pow(\(x), \(y)): \(found), not \(wanted)")
    }
  }

  @Test func wholeNumbersAreThoseOfTheSystem() throws {
    let code = try Code()
    let cases: [(LibraryFunction, (Float) -> Float)] = [
      (.floorf, { Foundation.floor($0) }), (.ceilf, { Foundation.ceil($0) }),
      (.truncf, { Foundation.trunc($0) }),
    ]
    for (name, wanted) in cases {
      let function = try code.function(name, as: OfOne.self)
      for (x, _) in Self.pairs(-3...25, 0...0) {
        #expect(Self.isSame(function(x), wanted(x)), "\(name)(\(x))")
      }
    }
  }

  @Test func anglesOfManyTurnsKeepTheirPlace() throws {
    let code = try Code()
    let cases: [(LibraryFunction, (Double) -> Double)] = [
      (.sin, { Foundation.sin($0) }), (.cos, { Foundation.cos($0) }),
    ]
    for (name, wanted) in cases {
      let function = try code.function(name, as: OfDouble.self)
      for (x, _) in Self.pairs(20...127, 0...0) where abs(x) >= 0x1p20 {
        let (found, right) = (function(Double(x)), wanted(Double(x)))
        #expect(
          abs(found - right) < 1e-9 || (found.isNaN && right.isNaN),
          "\(name)(\(x)): \(found), not \(right)")
      }
      #expect(function(.nan).isNaN)
    }
  }

  @Test func memoryIsCopiedAndFilled() throws {
    let code = try Code()
    typealias Copy =
      @convention(c) (UnsafeMutableRawPointer, UnsafeRawPointer, Int) ->
      UnsafeMutableRawPointer
    typealias Fill = @convention(c) (UnsafeMutableRawPointer, Int32, Int) -> UnsafeMutableRawPointer
    let (copy, move) = (
      try code.function(.memcpy, as: Copy.self), try code.function(.memmove, as: Copy.self)
    )
    let fill = try code.function(.memset, as: Fill.self)
    let start = (0..<40).map { UInt8($0) }
    for (from, to) in [(0, 8), (8, 0), (3, 4), (4, 3), (5, 5), (0, 20), (20, 0)] {
      for count in [0, 1, 7, 16] {
        var (moved, copied, wanted) = (start, start, start)
        wanted.replaceSubrange(to..<to + count, with: start[from..<from + count])
        moved.withUnsafeMutableBytes {
          let place = $0.baseAddress! + to
          #expect(move(place, $0.baseAddress! + from, count) == place)
        }
        #expect(moved == wanted, "\(count) from \(from) to \(to)")
        guard abs(from - to) >= count || from == to else { continue }
        copied.withUnsafeMutableBytes {
          _ = copy($0.baseAddress! + to, $0.baseAddress! + from, count)
        }
        #expect(copied == wanted)
      }
    }
    var bytes = start
    bytes.withUnsafeMutableBytes { _ = fill($0.baseAddress! + 3, 0x1ff, 5) }
    #expect(bytes == start[..<3] + [255, 255, 255, 255, 255] + start[8...])
  }
}
