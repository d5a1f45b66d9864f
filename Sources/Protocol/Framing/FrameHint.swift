/// Guesses what a host did wrong from the first bytes that are no frame.
enum FrameHint {
  /// A sentence to add to the message, with a leading space, or nothing.
  static func text(for bytes: [UInt8]) -> String {
    if bytes.count >= 5, bytes[4] == ProtocolVersion.magic, bytes[0] != 0, bytes[3] == 0 {
      return " The length looks little-endian; every integer of a frame is big-endian."
    }
    if let first = bytes.first(where: { !isSpace($0) }), first == UInt8(ascii: "{") {
      return " This looks like JSON without a frame; start the worker with --json-lines to send text."
    }
    if !bytes.isEmpty, bytes.allSatisfy({ isSpace($0) || (0x20...0x7E).contains($0) }) {
      return " This looks like text; stdin must carry frames only (or start the worker with --json-lines)."
    }
    return ""
  }

  private static func isSpace(_ byte: UInt8) -> Bool { [0x09, 0x0A, 0x0D, 0x20].contains(byte) }
}
