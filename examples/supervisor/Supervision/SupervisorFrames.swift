import Protocol

/// The frames that a supervisor writes itself.
enum SupervisorFrames {
  /// A ping to the worker.
  static func ping(_ id: RequestID) -> Frame { Frame(kind: .request, id: id, json: #"{"method":"ping"}"#) }

  /// A cancellation to the worker.
  static func cancel(_ id: RequestID) -> Frame { Frame(kind: .cancel, id: id, json: "{}") }

  /// An error answer to the host.
  static func error(_ id: RequestID, _ error: WireError) -> Frame {
    Frame(kind: .error, id: id, json: encode(ErrorBody(error: error)))
  }

  /// The news, under id 0, that a new worker serves: why, how many restarts so far, how many requests are sent again,
  /// and what the new worker said in its own `ready`.
  static func restarted(reason: String, restarts: Int, replayed: Int, ready: ArraySlice<UInt8>) -> Frame {
    let news: [String: JSONValue] = [
      "event": .string("restarted"),
      "reason": .string(reason),
      "restarts": .integer(Int64(restarts)),
      "replayed": .integer(Int64(replayed)),
      "ready": (try? WireJSON.object(ready)) ?? .null,
    ]
    return Frame(kind: .event, id: .connection, json: encode(JSONValue.object(news)))
  }

  /// The index of an `image` event, nil for any other frame.
  static func imageIndex(of frame: Frame) -> Int? {
    guard frame.kind == .event, !frame.id.isConnection, let event = try? WireJSON.object(frame.json) else { return nil }
    guard event["event"] == .string("image"), case .integer(let index) = event["index"] else { return nil }
    return Int(index)
  }

  private static func encode(_ value: some Encodable) -> ArraySlice<UInt8> {
    ((try? WireJSON.encode(value)) ?? Array("{}".utf8))[...]
  }
}
