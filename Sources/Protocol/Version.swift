/// Constants that identify FWP, the wire protocol of face-worker.
public enum ProtocolVersion {
  /// Version byte of every frame. A breaking change gets a new number; added JSON fields do not.
  public static let wire: UInt8 = 1

  /// Second field of every frame, right after the length.
  public static let magic: UInt8 = 0xFA
}
