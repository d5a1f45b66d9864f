internal import Digests
internal import Protocol

/// One fault that a worker is told to commit, so that whoever supervises workers can be tested with real deaths:
/// `KIND@METHOD[:n|:~n|:sha256=HEX][:after]`.
package struct Fault: Sendable, Equatable {
  /// What happens.
  package enum Kind: String, Sendable, CaseIterable {
    /// The process exits with status 70, its threads at work.
    case exit
    /// The process dies of SIGSEGV.
    case signal
    /// Nothing is read or answered any more, pings included; the process lives.
    case hang
    /// The request takes two seconds longer.
    case slow
    /// Memory is taken until there is none, at most 1 GiB, then the process is killed as the kernel would.
    case oom
    /// Text is written between the frames.
    case stdoutNoise = "stdout-noise"
    /// Half a frame is written, then the process is killed.
    case tornFrame = "torn-frame"
  }

  /// Which requests of the method it strikes.
  enum Choice: Sendable, Equatable {
    case every
    /// The n-th that this process serves.
    case nth(Int)
    /// One in n, at random.
    case oneIn(Int)
    /// Those with an attachment of this digest, in hexadecimal digits.
    case digest(String)
  }

  let kind: Kind
  /// A method, or `*` for all.
  let method: String
  let choice: Choice
  /// Whether it strikes when the work is done and not yet answered, instead of before the work.
  let isAfter: Bool

  /// Reads the text of an option; nil when it is not understood.
  package init?(_ text: String) {
    let halves = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    guard halves.count == 2, let kind = Kind(rawValue: String(halves[0])) else { return nil }
    var parts = halves[1].split(separator: ":", omittingEmptySubsequences: false).map(String.init)[...]
    guard let method = parts.popFirst(), !method.isEmpty else { return nil }
    var choice = Choice.every
    var isAfter = false
    for part in parts {
      if part == "after" {
        isAfter = true
      } else if let number = Int(part), number > 0 {
        choice = .nth(number)
      } else if part.hasPrefix("~"), let number = Int(part.dropFirst()), number > 0 {
        choice = .oneIn(number)
      } else if part.hasPrefix("sha256="), part.count == 71 {
        choice = .digest(part.dropFirst(7).lowercased())
      } else {
        return nil
      }
    }
    (self.kind, self.method, self.choice, self.isAfter) = (kind, method, choice, isAfter)
  }

  /// Whether it strikes the `count`-th request of its method.
  func strikes(count: Int, attachments: [RequestAttachment], random: inout some RandomNumberGenerator) -> Bool {
    switch choice {
    case .every: true
    case .nth(let number): count == number
    case .oneIn(let number): Int.random(in: 0..<number, using: &random) == 0
    case .digest(let digest):
      attachments.contains { attachment in
        guard case .bytes(let bytes) = attachment.content else { return false }
        return SHA256.hexadecimal(bytes) == digest
      }
    }
  }
}
