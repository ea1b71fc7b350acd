import digits

var logits = [Float](repeating: 0, count: 10)
let image = [Float](repeating: 0, count: 784)
let bytes = Int(digits_model().pointee.workspace_bytes)
let workspace = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
defer { workspace.deallocate() }
let code = digits_run(image, &logits, workspace, bytes, nil)
print(code, Int(logits[0] * 10_000))
