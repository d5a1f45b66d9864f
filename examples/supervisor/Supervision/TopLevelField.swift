/// Finds one field of a JSON object without decoding the rest.
enum TopLevelField {
  /// The bytes of the value of `name`, a number, `true`, `false` or `null`; nil when there is no such field or its
  /// value is a string, object or array. The text must be valid JSON; what is not gives nil or a harmless range.
  static func value(of name: String, in json: ArraySlice<UInt8>) -> Range<Int>? {
    let name = Array(name.utf8)
    var depth = 0
    var index = json.startIndex
    while index < json.endIndex {
      switch json[index] {
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: "\""):
        let end = endOfString(json, from: index)
        let colon = skipSpace(json, from: end)
        let isKey = depth == 1 && colon < json.endIndex && json[colon] == UInt8(ascii: ":")
        if isKey, json[index..<end].dropFirst().dropLast().elementsEqual(name) {
          let start = skipSpace(json, from: colon + 1)
          let value = json[start...].prefix { !isSpace($0) && !Array(",}]{[\"".utf8).contains($0) }
          return value.isEmpty ? nil : start..<value.endIndex
        }
        index = end - 1
      default: break
      }
      index += 1
    }
    return nil
  }

  /// The index after the closing quote of the string that opens at `start`.
  private static func endOfString(_ json: ArraySlice<UInt8>, from start: Int) -> Int {
    var index = start + 1
    while index < json.endIndex, json[index] != UInt8(ascii: "\"") {
      index += json[index] == UInt8(ascii: "\\") ? 2 : 1
    }
    return min(index + 1, json.endIndex)
  }

  private static func skipSpace(_ json: ArraySlice<UInt8>, from start: Int) -> Int {
    var index = start
    while index < json.endIndex, isSpace(json[index]) { index += 1 }
    return min(index, json.endIndex)
  }

  private static func isSpace(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }
}
