import Protocol
import Testing

/// PROTOCOL.md cannot drift from the code: every example in it is decoded, every name is looked up.
@Suite struct ProtocolDocumentTests {
  static let document = ProtocolDocument.shared
  static let jsonBlocks = document.blocks.filter { $0.language == "json" }
  static let hexBlocks = document.blocks.filter { $0.language == "hex" }
  static let headings = ["#### Params", "#### Attachments", "#### Result", "#### Errors"]

  /// Decodes a text as a type and insists that the type knows every member and loses nothing.
  static func roundTrip<T: Codable>(_ type: T.Type, _ text: String) throws {
    let written = try WireJSON.object(ArraySlice(text.utf8))
    let value = try WireJSON.decode(type, from: written)
    #expect(try WireJSON.object(WireJSON.encode(value)[...]) == written)
  }

  static func decodeResult<C: Command>(_ command: C.Type, _ text: String) throws {
    try roundTrip(Reply<C.Result>.self, text)
  }

  static func decodeRequest<C: Command>(_ command: C.Type, _ text: String) throws {
    let envelope = try WireJSON.decode(RequestEnvelope.self, from: ArraySlice(text.utf8))
    #expect(envelope.method == C.method)
    try envelope.validate()
    try roundTrip(C.Params.self, String(decoding: WireJSON.encode(envelope.params(for: C.self)), as: UTF8.self))
  }

  @Test func isThere() {
    #expect(Self.document.lines.count > 300)
    #expect(Self.jsonBlocks.count > 25)
    #expect(Self.hexBlocks.count == 5)
    #expect(Self.document.blocks.allSatisfy { ["json", "hex", "lines", "text"].contains($0.language) })
  }

  @Test(arguments: jsonBlocks)
  func everyJSONBlockIsWhatItSays(block: ProtocolDocument.Block) throws {
    try Self.check(block)
  }

  /// Decodes a block of JSON as what its fence says it is.
  static func check(_ block: ProtocolDocument.Block) throws {
    switch block.words {
    case ["ready"]: try Self.roundTrip(Ready.self, block.text)
    case ["error"]:
      let body = try WireJSON.decode(ErrorBody.self, from: ArraySlice(block.text.utf8))
      #expect(ErrorCode.all.contains(body.error.code))
      try Self.roundTrip(ErrorBody.self, block.text)
    case ["event", "image"]: try Self.roundTrip(ImageEvent.self, block.text)
    case ["event", "capture"]: try Self.roundTrip(CaptureEvent.self, block.text)
    case ["event", "progress"]: try Self.roundTrip(ProgressEvent.self, block.text)
    case ["event", "train"]: try Self.roundTrip(TrainEvent.self, block.text)
    case let words where words.count == 2 && ["request", "result"].contains(words[0]):
      let command = try #require(CommandRegistry.command(named: words[1]))
      if words[0] == "request" {
        try Self.decodeRequest(command, block.text)
      } else {
        try Self.decodeResult(command, block.text)
      }
    default: Issue.record("unknown kind of block: \(block.words)")
    }
  }

  @Test(arguments: hexBlocks)
  func everyHexBlockIsOneFrame(block: ProtocolDocument.Block) throws {
    try #require(block.words.count == 3)
    var bytes: [UInt8] = []
    var comments = ""
    for line in block.text.split(separator: "\n") {
      let parts = line.split(separator: ";", maxSplits: 1)
      for digits in parts[0].split(separator: " ") { bytes.append(try #require(UInt8(digits, radix: 16))) }
      comments += parts.count > 1 ? parts[1].dropFirst() : ""
    }
    var decoder = FrameDecoder(from: block.words[0] == "parent" ? .parent : .worker)
    decoder.append(bytes)
    let frame = try #require(try decoder.next())
    try decoder.finish()
    #expect("\(frame.kind)" == block.words[1])
    #expect("\(frame.id)" == block.words[2])
    #expect(try FrameEncoder().encode(frame) == bytes)
    #expect(comments.contains(String(decoding: frame.json, as: UTF8.self)), "the comments show the JSON")
    switch frame.kind {
    case .request:
      let envelope = try WireJSON.decode(RequestEnvelope.self, from: frame.json)
      _ = try RequestAttachment.cut(frame.attachments, by: envelope.attachments, limits: .standard)
    case .result:
      let method = try WireJSON.object(frame.json)["result"] == .object([:]) ? Ping.method : Detect.method
      let command = try #require(CommandRegistry.command(named: method))
      try Self.decodeResult(command, String(decoding: frame.json, as: UTF8.self))
    default: break
    }
  }

  @Test func showsTheExampleOfTheDefinition() throws {
    let first = try #require(Self.hexBlocks.first)
    let digits = first.text.split(separator: "\n").flatMap { $0.split(separator: ";")[0].split(separator: " ") }
    #expect(digits.compactMap { UInt8($0, radix: 16) } == FrameCodecTests.ping)
  }

  @Test func everyMethodHasItsSection() throws {
    let documented = try #require(Self.document.section("## Methods")).filter { $0.hasPrefix("### ") }
    #expect(documented == CommandRegistry.all.map { "### `\($0.method)`" })
    for command in CommandRegistry.all {
      let section = try #require(Self.document.section("### `\(command.method)`"))
      #expect(section.filter { $0.hasPrefix("#### ") } == Self.headings, "\(command.method)")
      let shown = Self.jsonBlocks.contains { $0.words == ["result", command.method] }
      #expect(shown, "\(command.method) shows no result")
    }
  }

  @Test(arguments: RequestTests.fields)
  func everyFieldIsDescribed(field: RequestTests.Field) throws {
    let section = try #require(Self.document.section("### `\(field.method)`"))
    let rows = section.filter { $0.hasPrefix("| `\(field.name)` | ") }
    #expect(rows.count == 1)
    #expect(rows.first?.contains("required") == field.isRequired)
  }

  @Test func nothingElseIsDescribed() throws {
    for command in CommandRegistry.all {
      let section = try #require(Self.document.section("### `\(command.method)`"))
      let names = section.filter { $0.hasPrefix("| `") }.compactMap { $0.split(separator: "`").dropFirst().first }
      let known = RequestTests.fields.filter { $0.method == command.method }.map(\.name)
      #expect(names.map(String.init).sorted() == known.sorted(), "\(command.method)")
    }
  }

  @Test func everyErrorHasARowAndARemedy() throws {
    let rows = try #require(Self.document.section("## Errors")).filter { $0.hasPrefix("| `") }
    #expect(rows.count == ErrorCode.all.count)
    for (row, code) in zip(rows, ErrorCode.all) {
      let cells = row.split(separator: "|").map { $0.drop { $0 == " " } }
      #expect(cells.count == 5 || cells.count == 4, "\(row)")
      #expect(row.hasPrefix("| `\(code)` | "))
      #expect(cells.count > 3 && cells[3].count > 5, "\(code) has no remedy")
      #expect(cells[2].hasPrefix(WireError.usualAdvice(for: code).rawValue), "\(code)")
    }
  }

  @Test func everyErrorOfAMethodExists() throws {
    for command in CommandRegistry.all {
      let section = try #require(Self.document.section("### `\(command.method)`"))
      let start = try #require(section.firstIndex(of: "#### Errors"))
      for word in section[start...].joined(separator: " ").split(separator: "`") where word.allSatisfy(\.isLetter) {
        let isCode = ErrorCode.all.contains(ErrorCode(rawValue: String(word)))
        let isField = RequestTests.fields.contains { $0.name == word }
        #expect(isCode || isField || ["Only", "match"].contains(String(word)), "\(command.method): \(word)")
      }
    }
  }

  @Test func theNumbersAreTheDefaults() throws {
    let text = Self.document.lines.joined(separator: "\n")
    func written(_ number: Int) -> String {
      var digits = String(number)
      var groups: [String] = []
      while digits.count > 3 {
        groups.insert(String(digits.suffix(3)), at: 0)
        digits.removeLast(3)
      }
      return ([digits] + groups).joined(separator: ",")
    }
    let limits = Limits.standard
    for number in [
      limits.maxFrame, limits.maxJSON, limits.maxPendingBytes, limits.maxOutgoingBytes, limits.maxPixels,
      limits.maxAttachments, limits.streamIdleMs,
    ] { #expect(text.contains(written(number)), "\(written(number))") }
    #expect(text.contains("at most \(limits.maxDepth) levels"))
    #expect(text.contains("`maxPending` requests (\(limits.maxPending))"))
    let ready = try #require(Self.jsonBlocks.first { $0.words == ["ready"] })
    let shown = try WireJSON.decode(Ready.self, from: ArraySlice(ready.text.utf8))
    #expect(shown.limits == limits)
    #expect(shown.methods == CommandRegistry.all.map { $0.method })
  }

  @Test func everyLineOfTextModeHasAnID() throws {
    for block in Self.document.blocks where block.language == "lines" {
      for line in block.text.split(separator: "\n") {
        let json = try WireJSON.object(ArraySlice(line.utf8))
        #expect(json["id"] != nil)
        #expect(json["method"] != nil || json["cancel"] == true)
      }
    }
  }
}
