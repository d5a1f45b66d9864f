import Protocol
import TestSupport
import Testing

@Suite struct JSONParserTests {
  static let readable: [(String, JSONValue)] = [
    ("{}", JSONValue.object([:])),
    (" \t\r\n{ } \n", .object([:])),
    (#"{"a":null,"b":true,"c":false}"#, ["a": .null, "b": true, "c": false]),
    (#"{"a":0,"b":-0,"c":12,"d":-9223372036854775808}"#, ["a": 0, "b": 0, "c": 12, "d": .integer(.min)]),
    (#"{"a":1.5,"b":-2e3,"c":1E-2,"d":2.0}"#, ["a": 1.5, "b": -2000.0, "c": 0.01, "d": 2.0]),
    (#"{"a":[],"b":[1,[2],{}]}"#, ["a": [], "b": [1, [2], .object([:])]]),
    (#"{"a":"\"\\\/\b\f\n\r\t\u0041\u00e9\ud83d\ude00"}"#, ["a": "\"\\/\u{8}\u{C}\n\r\tAé😀"]),
    (#"{"é😀":"grüße"}"#, ["é😀": "grüße"]),
    (#"{"a":9223372036854775808}"#, ["a": .number(9_223_372_036_854_775_808)]),
    (#"{"a":1e-999}"#, ["a": .number(0)]),
  ]

  @Test(arguments: readable)
  func reads(text: String, value: JSONValue) throws {
    #expect(try WireJSON.object(ArraySlice(text.utf8)) == value)
  }

  @Test(arguments: [
    ("", 0), ("   ", 3), ("{", 1), ("}", 0), ("{}x", 2), ("{} {}", 3), ("nul", 0), ("{\"a\"}", 4), ("{\"a\":}", 5),
    ("{\"a\":1,}", 7), ("{,}", 1), ("{a:1}", 1), ("{'a':1}", 1), ("{\"a\":01}", 5), ("{\"a\":+1}", 5),
    ("{\"a\":.5}", 5), ("{\"a\":1.}", 7), ("{\"a\":1e}", 7), ("{\"a\":-}", 6), ("{\"a\":NaN}", 5),
    ("{\"a\":Infinity}", 5), ("{\"a\":0x10}", 6), ("{\"a\":[1,]}", 8), ("{\"a\":[1 2]}", 8), ("{\"a\":tru}", 5),
    ("{\"a\":\"x}", 8), ("{\"a\":\"\\x\"}", 6), ("{\"a\":\"\\u12g4\"}", 10), ("{\"a\":\"\\ud800\"}", 6),
    ("{\"a\":\"\\udc00\"}", 6), ("{\"a\":\"\\ud800\\u0041\"}", 6), ("{\"a\":\"\n\"}", 6), ("{\"a\":1 /* */}", 7),
    ("{\"a\":1,\"a\":2}", 7), ("{\"a\":\"\\", 7), ("{\"a\":\"\\u00", 10),
  ])
  func namesTheByteWhereItGoesWrong(text: String, offset: Int64) throws {
    let error = #expect(throws: WireError.self) { try WireJSON.object(ArraySlice(text.utf8)) }
    #expect(error?.code == .badJSON)
    #expect(error?.details["offset"] == .integer(offset), "\(text): \(error?.message ?? "")")
  }

  @Test(arguments: ["1", "null", "true", "\"text\"", "[]", "[{}]", "-2.5"])
  func refusesAnythingButAnObject(text: String) {
    let error = #expect(throws: WireError.self) { try WireJSON.object(ArraySlice(text.utf8)) }
    #expect(error?.code == .badJSON)
    #expect(error?.message.contains("must be one object") == true)
  }

  @Test(
    arguments: [
      [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80],
      [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xE2, 0x82], [0xE2, 0x28, 0xA1], [0xF0, 0x9F, 0x98],
    ] as [[UInt8]])
  func refusesBrokenUTF8(bytes: [UInt8]) {
    let text = Array(#"{"a":"x"#.utf8) + bytes + Array(#""}"#.utf8)
    let error = #expect(throws: WireError.self) { try WireJSON.object(text[...]) }
    #expect(error?.code == .badJSON)
    #expect(error?.details["offset"] == 7)
    #expect(error?.message.contains("UTF-8") == true)
  }

  @Test func refusesOtherEncodings() {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    #expect(throws: WireError.self) { try WireJSON.object((mark + Array("{}".utf8))[...]) }
    #expect(throws: WireError.self) { try WireJSON.object([0x7B, 0, 0x7D, 0]) }
    #expect(throws: WireError.self) { try WireJSON.object([0xFE, 0xFF, 0, 0x7B, 0, 0x7D]) }
  }

  @Test func boundsTheNesting() throws {
    func nested(_ depth: Int, _ open: String, _ close: String) -> ArraySlice<UInt8> {
      let left = String(repeating: open, count: depth - 1)
      let right = String(repeating: close, count: depth - 1)
      return ArraySlice("{\"a\":\(left)1\(right)}".utf8)
    }
    for (open, close) in [("[", "]"), (#"{"b":"#, "}")] {
      _ = try WireJSON.object(nested(64, open, close))
      let error = #expect(throws: WireError.self) { try WireJSON.object(nested(65, open, close)) }
      #expect(error?.message.contains("deeper than 64") == true)
      #expect(throws: WireError.self) { try WireJSON.object(nested(100_000, open, close)) }
    }
    let quoted = #"{"a":""# + String(repeating: "[{", count: 1_000) + #""}"#
    _ = try WireJSON.object(ArraySlice(quoted.utf8))
  }

  @Test func namesBothSizesWhenTooLong() {
    let text = #"{"a":"\#(String(repeating: "x", count: 2_000_000))"}"#
    let error = #expect(throws: WireError.self) { try WireJSON.object(ArraySlice(text.utf8)) }
    #expect(error?.code == .badJSON)
    #expect(error?.message.contains("2000008") == true)
    #expect(error?.message.contains("1048576") == true)
  }

  /// Every prefix of a text, and random damage to it, is either read or refused with `badJSON`.
  @Test func survivesRandomDamage() {
    let text = Array(#"{"method":"enroll","params":{"subject":"é\u00e9😀","metadata":{"a":[1,-2.5e3,null,true]}}}"#.utf8)
    for length in 0..<text.count {
      let error = #expect(throws: WireError.self) { try WireJSON.object(text[..<length]) }
      #expect(error?.code == .badJSON)
    }
    var random = SeededGenerator(seed: 3)
    for _ in 0..<3_000 {
      var damaged = text
      damaged[Int.random(in: 0..<text.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      do throws(WireError) {
        _ = try WireJSON.object(damaged[...])
      } catch {
        #expect(error.code == .badJSON)
      }
    }
  }

  @Test func writesWhatItReads() throws {
    let value: JSONValue = [
      "text": "a/b\"\\\n\u{1}😀", "numbers": [0, -1, 1.5, 1e300], "nothing": .null, "flag": false, "deep": [["a": []]],
    ]
    let bytes = try WireJSON.encode(value)
    #expect(try WireJSON.object(bytes[...]) == value)
    #expect(String(decoding: bytes, as: UTF8.self).hasPrefix(#"{"deep":[{"a":[]}],"flag":false,"nothing":null"#))
  }
}
