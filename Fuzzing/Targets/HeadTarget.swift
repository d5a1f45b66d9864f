internal import Decisions
internal import Glibc

extension FuzzTarget {
  /// Trained classifiers, read back from the disk.
  static let head = FuzzTarget("head", maxBytes: 4096) { bytes in
    guard let head = try? SoftmaxHead(bytes: bytes) else { return }
    let again = try SoftmaxHead(bytes: head.encoded())
    try FuzzFinding.unless(again == head, "a head is another after it was written and read")
    let embedding = (0..<head.dimension).map { Float($0 % 3) - 0.75 }
    guard let logarithms = head.logProbabilities(of: embedding) else {
      throw FuzzFinding("a sound embedding has no probabilities")
    }
    // Rows may be so far apart that float32 knows only the winner; they never add up to more than 1.
    let sum = logarithms.reduce(0) { $0 + exp(Double($1.isNaN ? .infinity : $1)) }
    try FuzzFinding.unless(abs(sum - 1) < 0.01, "the probabilities add up to \(sum)")
    for slot in head.slots.prefix(3) {
      try FuzzFinding.unless(head.removing(slot: slot).row(of: slot) == nil, "a subject is still known")
      _ = head.merging(slot: slot, into: head.slots.last ?? 1)
      _ = head.direction(of: slot)
    }
    _ = head.judgedHead
  }
}
