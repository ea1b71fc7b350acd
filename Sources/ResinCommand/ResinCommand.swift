import ArgumentParser
import Artifacts
import Diagnostics
import Foundation
import Resin
import TensorFiles

/// The command `resin`; docs/command-line.md describes it with its exit codes.
@main
struct ResinCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resin", abstract: "Compiles residual networks to native libraries.",
    version: "resin \(resinVersion)",
    subcommands: [
      Compile.self, Run.self, Bench.self, Verify.self, Inspect.self, Import.self, Export.self,
      Convert.self, Quantize.self,
    ])

  /// Whether the messages of the command that runs have colours.
  @TaskLocal static var color = ColorChoice.auto

  static func main() {
    endCleanlyWhenInterrupted()
    FileUses.watch()
    do {
      var command = try parseAsRoot()
      let color = (command as? any ResinSubcommand)?.messageOptions.color ?? .auto
      try $color.withValue(color) {
        do {
          try command.run()
        } catch let error as DiagnosticError {
          show(error.diagnostics)
          Foundation.exit(2)
        }
      }
    } catch {
      exit(withError: error)
    }
  }
}

/// Prints a line on standard error.
func note(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }
