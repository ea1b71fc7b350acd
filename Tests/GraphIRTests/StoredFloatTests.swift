import Foundation
import GraphIR
import Testing

@Suite struct StoredFloatTests {
  /// A format of 16 bits, with what its patterns stand for by the definition.
  struct Format: Sendable, CustomTestStringConvertible {
    let name: FloatFormat
    let exponentBits: Int
    let mantissaBits: Int
    let widen: @Sendable (UInt16) -> Float
    let round: @Sendable (Float) -> UInt16

    var testDescription: String { name.rawValue }

    /// The value of a pattern; nil where it is no number.
    func value(_ bits: UInt16) -> Double? {
      let magnitude = Int(bits & 0x7fff)
      let (exponent, mantissa) = (magnitude >> mantissaBits, magnitude & (1 << mantissaBits - 1))
      let sign = bits & 0x8000 == 0 ? 1.0 : -1
      let bias = 1 << (exponentBits - 1) - 1
      if exponent == 1 << exponentBits - 1 { return mantissa == 0 ? sign * .infinity : nil }
      let significand = Double(mantissa + (exponent == 0 ? 0 : 1 << mantissaBits))
      return sign * scalbn(significand, max(exponent, 1) - bias - mantissaBits)
    }
  }

  static let formats = [
    Format(
      name: .float16, exponentBits: 5, mantissaBits: 10, widen: { Binary16(bits: $0).float },
      round: { Binary16(rounding: $0).bits }),
    Format(
      name: .bfloat16, exponentBits: 8, mantissaBits: 7, widen: { BFloat16(bits: $0).float },
      round: { BFloat16(rounding: $0).bits }),
  ]

  @Test(arguments: formats) func everyPatternIsItsValueAndComesBack(_ format: Format) {
    var wrong: [UInt16] = []
    for bits in UInt16.min...UInt16.max {
      let float = format.widen(bits)
      if let value = format.value(bits) {
        if Double(float) != value || float.sign != (bits & 0x8000 == 0 ? .plus : .minus)
          || format.round(float) != bits
        {
          wrong.append(bits)
        }
      } else if !float.isNaN || !format.widen(format.round(float)).isNaN {
        wrong.append(bits)
      }
    }
    #expect(wrong == [])
  }

  /// Between any two neighbours: the middle goes to the even one, what is beside it to the nearer.
  @Test(arguments: formats) func betweenNeighboursTheNearestIsTaken(_ format: Format) {
    var wrong: [UInt16] = []
    let infinity = UInt16((1 << format.exponentBits - 1) << format.mantissaBits)
    for bits in 0..<infinity {
      let (low, high) = (Double(format.widen(bits)), format.value(bits + 1) ?? 0)
      // The neighbour of the largest number would be as far from it as that before it.
      let next = high.isFinite ? high : low + (low - Double(format.widen(bits - 1)))
      let middle = Float((low + next) / 2)
      let even = bits % 2 == 0 ? bits : bits + 1
      // Some middles, and neighbours of them, are subnormal f32 or between these.
      guard Double(middle) == (low + next) / 2 else { continue }
      for sign in [Float(1), -1] {
        let mark: UInt16 = sign < 0 ? 0x8000 : 0
        if format.round(sign * middle) != even | mark
          || format.round(sign * middle.nextDown) != bits | mark
          || format.round(sign * middle.nextUp) != (bits + 1) | mark
        {
          wrong.append(bits)
        }
      }
    }
    #expect(wrong == [])
  }

  @Test func whatIsTooLargeIsKnown() {
    #expect(!FloatFormat.float16.overflows(65519.996))
    #expect(FloatFormat.float16.overflows(65520))
    #expect(FloatFormat.float16.overflows(-1e6))
    #expect(!FloatFormat.float16.overflows(.infinity))
    #expect(!FloatFormat.float16.overflows(.nan))
    #expect(!FloatFormat.bfloat16.overflows(3.3e38))
    #expect(FloatFormat.bfloat16.overflows(.greatestFiniteMagnitude))
    #expect(!FloatFormat.float32.overflows(.greatestFiniteMagnitude))
  }

  @Test func sizesAreThoseOfTheBits() {
    #expect(FloatFormat.allCases.map(\.byteCount) == [4, 2, 2])
  }
}
