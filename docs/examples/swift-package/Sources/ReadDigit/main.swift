// Draws a digit and has the model read it.

/// White strokes on black, four pixels for a letter.
let drawing = [
  "..............",
  "...########...",
  "...########...",
  "..........##..",
  ".........##...",
  "........##....",
  ".......##.....",
  "......##......",
  "......##......",
  ".....##.......",
  ".....##.......",
  "..............",
  "..............",
  "..............",
]
let pixels = drawing.flatMap { row in
  let line = row.flatMap { letter in [UInt8](repeating: letter == "#" ? 255 : 0, count: 2) }
  return line + line
}

let net = try Digits()
for found in try net.classify(pixels: pixels, width: 28, height: 28, format: .gray, top: 1) {
  print("read as", found.index)
}

let result = try net(pixels: pixels, width: 28, height: 28, format: .gray)
print("logits:", result.logits.count)

do {
  _ = try net(image: [1, 2, 3])
} catch {
  print(error)
}
