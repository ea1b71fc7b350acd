/// Why a node, tensor or input of a file cannot be read; whoever knows the place turns it into a
/// diagnostic.
struct Refusal: Error {
  let message: String
  let hint: String?

  init(_ message: String, hint: String? = nil) {
    self.message = message
    self.hint = hint
  }
}
