import Protocol

/// A request of the host that has not been answered yet, kept so that it can be sent again.
struct HeldRequest: Sendable {
  /// The frame as the host sent it. Workers see the host's id too, so that job ids, which are request ids, stay true.
  let frame: Frame
  let summary: RequestSummary
  /// Place in the order of arrival.
  let number: Int
  /// When it expires, if it does.
  let deadline: Duration?

  /// The worker that has it; nil while it waits to be sent.
  var worker: Int?
  /// How many workers died with it in flight.
  var crashes = 0
  /// Whether the host has asked for it to be cancelled.
  var isCancelled = false
  /// Indices of the `image` events the host already has: a replay must not repeat them.
  var imagesDelivered: Set<Int> = []

  var id: RequestID { frame.id }

  /// Bytes it keeps in memory, roughly.
  var bytes: Int { frame.json.count + frame.attachments.count + 64 }

  /// Whether it was in flight at a crash and may therefore be what crashes workers.
  var isSuspect: Bool { crashes > 0 }
}
