/// The pickle operations that are interpreted: what protocols 2 to 4 need for dictionaries, tuples, numbers, text and
/// the classes of ``PickleClass``. Reference: CPython's `pickletools`.
enum PickleOpcode: UInt8 {
  case mark = 0x28  // (
  case emptyTuple = 0x29  // )
  case stop = 0x2e  // .
  case pop = 0x30  // 0
  case popMark = 0x31  // 1
  case binaryFloat = 0x47  // G
  case binaryInteger = 0x4a  // J
  case binaryInteger1 = 0x4b  // K
  case binaryInteger2 = 0x4d  // M
  case none = 0x4e  // N
  case binaryPersistentID = 0x51  // Q
  case reduce = 0x52  // R
  case binaryUnicode = 0x58  // X
  case emptyList = 0x5d  // ]
  case append = 0x61  // a
  case build = 0x62  // b
  case global = 0x63  // c
  case appends = 0x65  // e
  case binaryGet = 0x68  // h
  case longBinaryGet = 0x6a  // j
  case binaryPut = 0x71  // q
  case longBinaryPut = 0x72  // r
  case setItem = 0x73  // s
  case tuple = 0x74  // t
  case setItems = 0x75  // u
  case emptyDictionary = 0x7d  // }
  case protocolVersion = 0x80
  case tuple1 = 0x85
  case tuple2 = 0x86
  case tuple3 = 0x87
  case newTrue = 0x88
  case newFalse = 0x89
  case long1 = 0x8a
  case shortBinaryUnicode = 0x8c
  case stackGlobal = 0x93
  case memoize = 0x94
  case frame = 0x95

  /// The operation for a byte of the file; everything else is refused by name.
  init(byte: UInt8, at position: Int) throws(WeightFileError) {
    guard let known = PickleOpcode(rawValue: byte) else {
      let name = Self.refused[byte].map { " (\($0))" } ?? ""
      let code = "0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
      throw WeightFileError(
        .forbidden, "The pickle uses operation \(code)\(name) at byte \(position), which no weight file needs.")
    }
    self = known
  }

  /// Names for the message about operations that exist but are not interpreted.
  private static let refused: [UInt8: String] = [
    0x32: "DUP", 0x46: "FLOAT", 0x49: "INT", 0x4c: "LONG", 0x50: "PERSID", 0x53: "STRING", 0x54: "BINSTRING",
    0x55: "SHORT_BINSTRING", 0x56: "UNICODE", 0x64: "DICT", 0x67: "GET", 0x69: "INST", 0x6c: "LIST", 0x6f: "OBJ",
    0x70: "PUT", 0x81: "NEWOBJ", 0x82: "EXT1", 0x83: "EXT2", 0x84: "EXT4", 0x8b: "LONG4", 0x8d: "BINUNICODE8",
    0x8e: "BINBYTES8", 0x8f: "EMPTY_SET", 0x90: "ADDITEMS", 0x91: "FROZENSET", 0x92: "NEWOBJ_EX", 0x96: "BYTEARRAY8",
    0x97: "NEXT_BUFFER", 0x98: "READONLY_BUFFER", 0x42: "BINBYTES", 0x43: "SHORT_BINBYTES",
  ]
}
