// What the plugin of SwiftPM makes of models: two inputs and outputs, several numbers of images, separate weights, errors.
// Tests/Integration/tools.sh makes a package of it.

func words(_ body: () throws -> Void) -> String {
  do {
    try body()
    return "no error"
  } catch {
    return "\(error)"
  }
}

func same(_ digits: MyDigits, _ gray: [UInt8], _ expected: [MyDigits.Class]) async -> Bool {
  await withTaskGroup(of: Bool.self) { group in
    for _ in 0..<20 {
      group.addTask {
        (try? digits.classify(pixels: gray, width: 28, height: 28, format: .gray)) == expected
      }
    }
    return await group.allSatisfy { $0 }
  }
}

let pair = try Pair(threads: 2)
let bias: [Float] = [9, 0, 0, 0]
let one = try pair(batch: 1, image: [Float](repeating: 0, count: 768), bias: bias)
let four = try pair(batch: 4, image: [Float](repeating: 0, count: 4 * 768), bias: bias)
print(one.logits.count, one.features.count, four.logits.count, four.features.count)
print(one.logits == Array(four.logits[12...]), Pair.labels)
print(words { _ = try pair(batch: 3, image: [], bias: bias) })
print(words { _ = try pair(batch: 4, image: [0], bias: bias) })
print(words { _ = try Pair(threads: -1) })

let picture = [UInt8](repeating: 200, count: 30 * 40 * 4)
print(try pair.preprocess(pixels: picture, width: 30, height: 40, format: .bgra).count)
print(words { _ = try pair.preprocess(pixels: picture, width: 40, height: 40, format: .bgra) })
print(words { _ = try pair.preprocess(pixels: picture, width: 0, height: 40, format: .rgb) })
print(
  words {
    _ = try pair.preprocess(pixels: picture, width: 30, height: 40, stride: 20, format: .rgb)
  })

// Any number of runs at once give the same.
let digits = try MyDigits()
let gray = (0..<784).map { UInt8(truncatingIfNeeded: $0 * 7) }
let expected = try digits.classify(pixels: gray, width: 28, height: 28, format: .gray)
print(expected.count, await same(digits, gray, expected), expected[0].label ?? "no label")
print(try digits.classify(pixels: gray, width: 28, height: 28, format: .gray, top: 0).count)
print(words { _ = try MyDigits(path: "absent.so") }.hasSuffix("No such file or directory"))
