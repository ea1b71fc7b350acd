import ArgumentParser
import Diagnostics
import Foundation

/// How messages look, for every command.
struct MessageOptions: ParsableArguments {
  @Option(help: "Whether messages have colours: auto (on a terminal), always or never.")
  var color: ColorChoice = .auto
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
