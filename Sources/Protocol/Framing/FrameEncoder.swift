/// Turns frames into bytes.
public struct FrameEncoder: Sendable {
  /// The limits of the receiving side.
  public var limits: Limits

  /// An encoder that refuses what the other side would refuse.
  public init(limits: Limits = .standard) { self.limits = limits }

  /// The bytes of a frame, header, JSON and attachments in one array.
  ///
  /// - Throws: ``FrameError`` when the frame or its JSON is over the limits.
  public func encode(_ frame: Frame) throws(FrameError) -> [UInt8] {
    let header = try header(
      kind: frame.kind, id: frame.id, jsonLength: frame.json.count, attachmentLength: frame.attachments.count)
    var out: [UInt8] = []
    out.reserveCapacity(header.count + frame.json.count + frame.attachments.count)
    out.append(contentsOf: header)
    out.append(contentsOf: frame.json)
    out.append(contentsOf: frame.attachments)
    return out
  }

  /// The 20 bytes before the JSON, for a sender that writes the parts one after the other without joining them.
  ///
  /// - Throws: ``FrameError`` when the frame or its JSON would be over the limits.
  public func header(
    kind: FrameKind, id: RequestID, jsonLength: Int, attachmentLength: Int
  ) throws(FrameError) -> [UInt8] {
    guard jsonLength >= 0, jsonLength <= limits.maxJSON else {
      throw FrameError(.jsonLength, "The JSON has \(jsonLength) bytes; at most \(limits.maxJSON) are allowed.")
    }
    let (body, overflow) = jsonLength.addingReportingOverflow(attachmentLength)
    let room = min(limits.maxFrame, Int(UInt32.max)) - FrameHeader.counted
    guard attachmentLength >= 0, !overflow, body <= room else {
      throw FrameError(
        .length, "The frame has \(jsonLength) bytes of JSON and \(attachmentLength) of attachments; at most \(room).")
    }
    guard id.isConnection ? kind.allowsConnectionID : kind != .ready else {
      throw FrameError(.id, "A frame of kind \(kind) cannot have the id \(id).")
    }
    return FrameHeader(kind: kind, id: id, jsonLength: jsonLength, attachmentLength: attachmentLength).bytes
  }
}

extension FrameKind {
  /// Whether id 0 is allowed on this kind.
  var allowsConnectionID: Bool {
    switch self {
    case .ready, .event, .error: return true
    case .request, .cancel, .result: return false
    }
  }
}
