/// Why a node, tensor or input of a file cannot be read; whoever knows the place turns it into a
/// diagnostic.
struct Refusal: Error {
  let message: String
  let hint: String?
  /// The file of data beside the model that is at fault. All other tensors in it are as well, so that it
  /// is told once.
  let dataFile: String?

  init(_ message: String, hint: String? = nil, dataFile: String? = nil) {
    self.message = message
    self.hint = hint
    self.dataFile = dataFile
  }
}
