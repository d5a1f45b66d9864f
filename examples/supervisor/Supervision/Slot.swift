/// A place in the pool: there is to be a worker in it, and this is how patient the place is with its workers.
struct Slot: Sendable {
  /// The worker that serves here or is starting, by its number.
  var current: Int?
  /// The worker that was started to take over from ``current``, which goes on serving until this one is ready.
  var successor: Int?
  /// When to start the next worker, while there is none.
  var startAt: Duration? = .zero
  var backoff: Backoff
  /// Why the last worker was lost; nil while none has been.
  var lastLoss: String?
  /// Why the worker is to be replaced although it is healthy, as soon as it is this slot's turn.
  var replacement: Replacement?
  /// No replacement before this moment: the last one failed.
  var replaceAfter: Duration = .zero

  init(backoff: Backoff) { self.backoff = backoff }
}

/// Why a healthy worker is replaced.
enum Replacement: Sendable, Equatable, CustomStringConvertible {
  /// It holds more memory than it should.
  case memory(mebibytes: Int)
  /// It has served enough requests.
  case requests(Int)
  /// The operator wants another program, or the same one started anew.
  case program

  var description: String {
    switch self {
    case .memory(let mebibytes): return "it holds \(mebibytes) MiB"
    case .requests(let count): return "it has served \(count) requests"
    case .program: return "the operator asked for it"
    }
  }

  /// The reason as a label of the metrics.
  var label: String {
    switch self {
    case .memory: return "memory"
    case .requests: return "requests"
    case .program: return "program"
    }
  }
}
