/// The fixed part of a frame: 20 bytes, every integer big-endian.
///
///     offset size  field
///     0      4     N     bytes that follow this field
///     4      1     magic 0xFA
///     5      1     version 1
///     6      1     kind
///     7      1     flags 0
///     8      8     id
///     16     4     J     length of the JSON
struct FrameHeader: Equatable {
  /// Bytes of the header.
  static let size = 20
  /// Bytes of the header that `N` counts.
  static let counted = 16

  var kind: FrameKind
  var id: RequestID
  var jsonLength: Int
  var attachmentLength: Int

  /// Bytes after the header.
  var bodyLength: Int { jsonLength + attachmentLength }

  /// The header's bytes. The lengths must have been checked to fit 32 bits.
  var bytes: [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(FrameHeader.size)
    FrameHeader.append(UInt64(FrameHeader.counted + bodyLength), size: 4, to: &out)
    out.append(ProtocolVersion.magic)
    out.append(ProtocolVersion.wire)
    out.append(kind.rawValue)
    out.append(0)
    FrameHeader.append(id.value, size: 8, to: &out)
    FrameHeader.append(UInt64(jsonLength), size: 4, to: &out)
    return out
  }

  /// The big-endian integer of `bytes[range]`.
  static func integer(_ bytes: [UInt8], _ range: Range<Int>) -> UInt64 {
    bytes[range].reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func append(_ value: UInt64, size: Int, to out: inout [UInt8]) {
    for shift in stride(from: (size - 1) * 8, through: 0, by: -8) {
      out.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
    }
  }
}
