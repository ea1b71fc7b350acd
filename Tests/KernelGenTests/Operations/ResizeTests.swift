import GraphIR
import Interpreter
import Planning
import TestSupport
import Testing

@Suite struct ResizeTests {
  /// Every mode and coordinate mode, up and down, by whole and broken factors, for odd sizes and
  /// channels that do not fill vectors.
  @Test(arguments: runnableSets, Resize.Mode.allCases)
  func resizingEqualsTheInterpreter(_ set: InstructionSet, _ mode: Resize.Mode) throws {
    var sweep = OperationSweep(seed: 51)
    for coordinates in Resize.Coordinates.allCases {
      for (height, width) in [(14, 18), (5, 23), (1, 4)] {
        let resize = Resize(
          size: Pair(height, width), mode: mode, coordinates: coordinates,
          rounding: sweep.pick(Resize.Rounding.allCases),
          excludesOutside: sweep.pick([true, false]), antialiases: sweep.pick([true, false]))
        let shape = [sweep.integer(1...3), sweep.integer(1...35), 7, 9]
        sweep.cases.append(
          .init(
            label: "\(resize) of \(shape)", operation: .resize(resize),
            operands: [.outside(shape)], startsBlocked: sweep.pick([true, false])))
      }
    }
    try sweep.check(set)
  }

  /// What upsampling in U-Net and hourglass networks is.
  @Test(arguments: runnableSets)
  func doublingEqualsTheInterpreter(_ set: InstructionSet) throws {
    var sweep = OperationSweep(seed: 52)
    for mode in Resize.Mode.allCases {
      for coordinates in [Resize.Coordinates.halfPixel, .alignCorners] {
        let resize = Resize(size: Pair(40, 66), mode: mode, coordinates: coordinates)
        sweep.cases.append(
          .init(
            label: "\(resize)", operation: .resize(resize), operands: [.outside([2, 32, 20, 33])],
            startsBlocked: true))
      }
    }
    try sweep.check(set)
  }

  /// Windows that grow with the image, up to all of it.
  @Test(arguments: runnableSets)
  func largeWindowsEqualTheInterpreter(_ set: InstructionSet) throws {
    var sweep = OperationSweep(seed: 53)
    for (size, mode) in [
      (Pair(1, 1), Resize.Mode.linear), (Pair(2, 11), .linear), (Pair(9, 3), .cubic),
      (Pair(1, 40), .cubic), (Pair(41, 2), .linear),
    ] {
      let resize = Resize(
        size: size, mode: mode, excludesOutside: sweep.pick([true, false]), antialiases: true)
      let shape = [sweep.integer(1...2), sweep.integer(1...9), 41, 67]
      sweep.cases.append(
        .init(
          label: "\(resize) of \(shape)", operation: .resize(resize), operands: [.outside(shape)],
          startsBlocked: sweep.pick([true, false])))
    }
    try sweep.check(set)
  }

  /// An extent times the quotient of two sizes is the size, though neither it nor the product is exact.
  @Test func sizesFollowFromQuotients() {
    for size in stride(from: 3, to: 400, by: 2) {
      let half = (size + 1) / 2
      #expect(Resize.size(of: half, scale: Float(size) / Float(half)) == size)
    }
    #expect(Resize.size(of: 10, scale: 0.7) == 7)
    #expect(Resize.size(of: 10, scale: 0.09) == nil)
  }

  @Test func positionsAreThoseOfSinglePrecision() {
    func indices(_ resize: Resize, of extent: Int) -> [Int] {
      resize.taps(axis: 1, of: Pair(1, extent)).flatMap(\.indices)
    }
    // 11 / 1.1 is 10, though 1.1 is a little more in f32.
    let tenth = Resize(
      size: Pair(1, 19), coordinates: .asymmetric, rounding: .floor, scales: [1, 1.1])
    #expect(indices(tenth, of: 18)[11] == 10)
    // 31.5 / 2.1 - 1/2 is 14.500001 in f32, which counts as a half.
    let half = Resize(size: Pair(1, 113), scales: [1, 2.1])
    #expect(indices(half, of: 54)[31] == 14)
    // An axis that keeps its size is as it was.
    let same = Resize(size: Pair(1, 4), coordinates: .tfHalfPixel, rounding: .ceil)
    #expect(indices(same, of: 4) == [0, 1, 2, 3])
  }

  @Test func positionsFollowTheirDefinition() {
    func indices(_ coordinates: Resize.Coordinates, _ rounding: Resize.Rounding) -> [Int] {
      let resize = Resize(size: Pair(1, 6), coordinates: coordinates, rounding: rounding)
      return resize.taps(axis: 1, of: Pair(1, 4)).flatMap(\.indices)
    }
    // Positions -1/6, 1/2, 7/6, 11/6, 5/2, 19/6.
    #expect(indices(.halfPixel, .preferFloor) == [0, 0, 1, 2, 2, 3])
    #expect(indices(.halfPixel, .preferCeil) == [0, 1, 1, 2, 3, 3])
    #expect(indices(.halfPixel, .floor) == [0, 0, 1, 1, 2, 3])
    #expect(indices(.halfPixel, .ceil) == [0, 1, 2, 2, 3, 3])
    // Positions 0, 3/5, …, 3.
    #expect(indices(.alignCorners, .preferFloor) == [0, 1, 1, 2, 2, 3])
    // Positions 0, 2/3, 4/3, 2, 8/3, 10/3.
    #expect(indices(.asymmetric, .floor) == [0, 0, 1, 2, 2, 3])
  }

  @Test func weightsSumToOneAndRepeatTheBorder() {
    for mode in [Resize.Mode.linear, .cubic] {
      for antialiases in [false, true] {
        let resize = Resize(size: Pair(5, 21), mode: mode, antialiases: antialiases)
        for axis in 0..<2 {
          for taps in resize.taps(axis: axis, of: Pair(11, 9)) {
            #expect(abs(taps.weights.reduce(0, +) - 1) < 1e-6)
            #expect(taps.indices == Array(Set(taps.indices)).sorted())
            #expect(!taps.weights.contains(0))
          }
        }
      }
    }
  }
}
