internal import Protocol

/// Finds the id in a line that cannot be read as JSON, so that the error can still be matched with its request.
enum LineID {
  /// The integer of the member `id` of the outermost object, if the text holds one.
  static func scan(_ line: [UInt8]) -> RequestID? {
    var depth = 0
    var index = 0
    while index < line.count {
      switch line[index] {
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: "\""):
        let start = index + 1
        index = endOfString(line, from: start)
        if depth == 1, line[start..<max(start, min(index, line.count))].elementsEqual("id".utf8),
          let id = number(line, after: index + 1)
        {
          return id
        }
      default: break
      }
      index += 1
    }
    return nil
  }

  /// Index of the closing quote, or the end of the line.
  private static func endOfString(_ line: [UInt8], from start: Int) -> Int {
    var index = start
    while index < line.count, line[index] != UInt8(ascii: "\"") {
      index += line[index] == UInt8(ascii: "\\") ? 2 : 1
    }
    return min(index, line.count)
  }

  private static func number(_ line: [UInt8], after index: Int) -> RequestID? {
    guard index <= line.count else { return nil }
    let rest = line[index...].drop { $0 == 0x20 || $0 == 0x09 }
    guard rest.first == UInt8(ascii: ":") else { return nil }
    let value = rest.dropFirst().drop { $0 == 0x20 || $0 == 0x09 }
    let digits = value.prefix { (0x30...0x39).contains($0) }
    guard let end = value.dropFirst(digits.count).first, [0x2C, 0x7D, 0x20, 0x09, 0x0D].contains(end) else {
      return nil
    }
    return UInt64(String(decoding: digits, as: UTF8.self)).flatMap(RequestID.init)
  }
}
