// The program that libFuzzer drives: `fuzz TARGET [libFuzzer's options and corpus folders]`. `fuzz list` prints the targets
// with the bounds of each. Built by tools/fuzz only, which links libFuzzer and has the code instrumented.

import FuzzTargets
import Glibc

@_silgen_name("LLVMFuzzerRunDriver")
func runDriver(
  _ count: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

/// Writes a line to standard error; the variable of that name is not safe to use from Swift.
func say(_ line: String) {
  var line = line + "\n"
  line.withUTF8 { bytes in _ = write(STDERR_FILENO, bytes.baseAddress, bytes.count) }
}

/// The target in use: libFuzzer's callback is a plain function.
nonisolated(unsafe) var target: FuzzTarget?

let words = CommandLine.arguments
if words.dropFirst().first == "list" {
  for target in FuzzTarget.all {
    let folders = target.fixtures.map { "\($0.folder):\($0.suffixes.joined(separator: ","))" }.joined(separator: " ")
    print(target.name, target.maxBytes, target.largestAllocation, folders)
  }
  exit(0)
}
guard words.count >= 2, let chosen = FuzzTarget.all.first(where: { $0.name == words[1] }) else {
  say("usage: fuzz list | fuzz TARGET [options of libFuzzer] [folders]")
  exit(64)
}
target = chosen
// libFuzzer gets the arguments without the target's name.
var arguments: [UnsafeMutablePointer<CChar>?] = ([words[0]] + words.dropFirst(2)).map { strdup($0) } + [nil]
var count = Int32(clamping: arguments.count - 1)
let status = arguments.withUnsafeMutableBufferPointer { buffer -> Int32 in
  guard var base = buffer.baseAddress else { return 70 }
  return runDriver(&count, &base) { bytes, count in
    do {
      try target?.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
    } catch {
      // A finding ends the process, so that libFuzzer keeps the input.
      say("FINDING: \(error)")
      abort()
    }
    return 0
  }
}
exit(status)
