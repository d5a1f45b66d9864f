import Glibc
import Supervision

func complain(_ text: String) { StandardError.write(Array((text + "\n").utf8)) }

switch CommandLineOptions.parse(Array(CommandLine.arguments.dropFirst())) {
case .help:
  print(CommandLineOptions.usage)
case .wrong(let message):
  complain("face-supervisor: \(message)\n\n\(CommandLineOptions.usage)")
  exit(64)
case .run where isatty(0) == 1:
  complain("face-supervisor: standard input is a terminal, not a program\n\n\(CommandLineOptions.usage)")
  exit(64)
case .run(let command, let options):
  exit(Supervisor.serveStandardStreams(command: command, options: options))
}
