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

  /// The news, under id 0, that a healthy worker was replaced, and why.
  static func replaced(reason: String, ready: ArraySlice<UInt8>) -> Frame {
    let news: [String: JSONValue] = [
      "event": .string("replaced"), "reason": .string(reason), "ready": (try? WireJSON.object(ready)) ?? .null,
    ]
    return Frame(kind: .event, id: .connection, json: encode(JSONValue.object(news)))
  }

  /// A worker's answer to `status` with a member `supervisor` in its result.
  static func status(_ frame: Frame, adding pool: JSONValue) -> Frame {
    guard case .object(var answer)? = try? WireJSON.object(frame.json), case .object(var result)? = answer["result"]
    else { return frame }
    result["supervisor"] = pool
    answer["result"] = .object(result)
    guard let json = try? WireJSON.encode(JSONValue.object(answer)) else { return frame }
    var changed = frame
    changed.json = json[...]
    return changed
  }

  private static func encode(_ value: some Encodable) -> ArraySlice<UInt8> {
    ((try? WireJSON.encode(value)) ?? Array("{}".utf8))[...]
  }
}
