// Classifies a handwritten digit with a compiled model and its header, imported as it is.
//
//   resin compile Models/digits/digits.resin --weights Models/digits/digits.safetensors -o libdigits.so
//   swiftc -O -import-objc-header digits.h docs/examples/classify.swift -L. -ldigits -Xlinker -rpath=. -o classify
//   ./classify digit.f32        # 784 float32 values, row by row, as digits.h says
import Foundation

guard let model = digits_model()?.pointee, CommandLine.arguments.count == 2,
  let file = FileManager.default.contents(atPath: CommandLine.arguments[1])
else { fatalError("usage: classify FILE") }
let image = file.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
let extents = (0..<Int(model.outputs[0].rank)).map { Int(model.outputs[0].dims[$0]) }
var logits = [Float](repeating: 0, count: extents.reduce(1, *))

// One workspace and one pool serve any number of runs.
let workspace = UnsafeMutableRawPointer.allocate(
  byteCount: Int(model.workspace_bytes), alignment: Int(model.alignment))
let pool = digits_pool_create(2)
let code = digits_run(
  image, &logits, workspace, Int(model.workspace_bytes), digits_pool_parallel(pool))
digits_pool_destroy(pool)
workspace.deallocate()
guard code == RESIN_OK.rawValue else { fatalError(String(cString: digits_error(code))) }

let best = logits.indices.max { logits[$0] < logits[$1] } ?? 0
print(best, logits[best])
