/// A number of things in words: `1 label`, `3 labels`.
///
/// - Parameters:
///   - noun: what one of them is called.
///   - plural: what several are called, where it is not the noun with an s.
public func quantity(_ count: some BinaryInteger, _ noun: String, _ plural: String? = nil) -> String
{
  "\(count) \(count == 1 ? noun : plural ?? noun + "s")"
}
