import Foundation

/// A JSON object of members that are JSON themselves, in their order.
func object(_ fields: [(String, String)]) -> String {
  "{\(fields.map { "\(quoted($0)): \($1)" }.joined(separator: ", "))}"
}

/// A number as JSON.
func number(_ value: Double) -> String { String(format: "%.9g", value) }

/// A string as JSON.
func quoted(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"", "\\": result += "\\\(scalar)"
    case "\u{0}"..<" ": result += String(format: "\\u%04x", scalar.value)
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
