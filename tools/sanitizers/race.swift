// Two threads that change one number without any order: what ThreadSanitizer must still report with
// swift_runtime_order.c loaded. Mutex, references and arrays are used beside it, so that the functions there are called.

import Glibc
import Synchronization

final class Shared: @unchecked Sendable {
  var number = 0
  let isRacing = CommandLine.arguments.contains("racing")
  let ordered = Mutex<[Int]>([])
}

func run(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let argument else { return nil }
  let shared = Unmanaged<Shared>.fromOpaque(argument).takeUnretainedValue()
  for round in 0..<20_000 { shared.ordered.withLock { $0.append(round) } }
  guard shared.isRacing else { return nil }
  // Both threads at once for a while: of a thread that has ended the sanitizer knows no more.
  for _ in 0..<500 {
    shared.number += 1
    usleep(1000)
  }
  return nil
}

let shared = Shared()
let argument = Unmanaged.passUnretained(shared).toOpaque()
var threads = [pthread_t(), pthread_t()]
for index in threads.indices { pthread_create(&threads[index], nil, { run($0) }, argument) }
for thread in threads { pthread_join(thread, nil) }
print(shared.ordered.withLock { $0.count })
