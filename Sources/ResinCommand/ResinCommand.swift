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
    endWithErrorWhereOutputIsLost { reason in
      show([
        Diagnostic("cannot write what was computed: \(reason)", at: .subject("standard output"))
      ])
    }
    FileUses.watch()
    refuseUnknownCommand()
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

extension ResinCommand {
  /// Ends the process where the first word is no command, with the nearest ones or all.
  private static func refuseUnknownCommand() {
    let names = configuration.subcommands.map { "\($0)".lowercased() }
    guard let word = CommandLine.arguments.dropFirst().first, !word.hasPrefix("-"),
      !(names + ["help"]).contains(word)
    else { return }
    show([
      Diagnostic(
        "unknown command '\(word)'",
        hint: nearestNamesHint(for: word.lowercased(), in: names)
          ?? "the commands are \(names.joined(separator: ", ")); 'resin help' says what they do")
    ])
    Foundation.exit(64)
  }
}

/// Prints a line on standard error.
func note(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }
