/// What makes its choices by a generator: the same for the same seed.
package protocol RandomChoices {
  var generator: SeededGenerator { get set }
}

extension RandomChoices {
  package mutating func pick<T>(_ choices: [T]) -> T {
    choices[Int(generator.next() % UInt64(choices.count))]
  }

  package mutating func integer(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(generator.next() % UInt64(range.count))
  }

  package mutating func chance(_ percent: Int) -> Bool { integer(0...99) < percent }

  /// One of the last three more often than not, so that what is made of it becomes deep.
  package mutating func pickLate<T>(_ choices: [T]) -> T {
    chance(70)
      ? choices[choices.count - 1 - integer(0...min(2, choices.count - 1))] : pick(choices)
  }
}
