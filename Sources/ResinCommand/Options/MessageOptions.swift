import ArgumentParser
import Diagnostics
import Foundation

/// How messages look, for every command.
struct MessageOptions: ParsableArguments {
  @Option(help: "Whether messages have colours: auto (on a terminal), always or never.")
  var color: ColorChoice = .auto
}

/// Prints diagnostics on standard error, in colours where the command wants them.
func show(_ diagnostics: [Diagnostic]) {
  let isColored = ResinCommand.color.hasColorsOnStandardError
  for diagnostic in diagnostics { note(diagnostic.rendered(isColored: isColored)) }
}

/// A command of `resin`.
protocol ResinSubcommand: ParsableCommand {
  var messageOptions: MessageOptions { get }
}

extension ColorChoice: ExpressibleByArgument {
  /// Whether messages have colours.
  var hasColorsOnStandardError: Bool {
    hasColors(
      isTerminal: isatty(STDERR_FILENO) == 1, environment: ProcessInfo.processInfo.environment)
  }
}
