import Testing

@testable import Evaluation

@Suite struct PairsFileTests {
  private static func read(_ text: String, pairs: Int = 1000, photos: Int = 1000) throws -> PairsFile {
    var bounds = PairsFile.Bounds()
    (bounds.pairs, bounds.photos) = (pairs, photos)
    return try PairsFile(Array(text.utf8), bounds: bounds)
  }

  @Test(arguments: ["10\t2\n", "2\n", ""])
  func readsLFWsForm(header: String) throws {
    let list = try Self.read(header + "Ada_L\t1\t4\r\nBob\t12\t3\nAda_L\t1\tBob\t12\n\n")
    #expect(list.photos.map(\.path) == ["Ada_L/Ada_L_0001", "Ada_L/Ada_L_0004", "Bob/Bob_0012", "Bob/Bob_0003"])
    #expect(list.photos.allSatisfy { $0.lacksEnding })
    #expect(
      list.pairs == [
        .init(a: 0, b: 1, isSame: true), .init(a: 2, b: 3, isSame: true), .init(a: 0, b: 2, isSame: false),
      ])
    #expect(list.folds == (header.hasPrefix("10") ? 10 : nil))
    #expect(list.people().numbers == [0, 0, 1, 1])
  }

  @Test(arguments: [
    "a/1.jpg b/1.jpg 0\na/1.jpg a/2.jpg 1\n", "a/1.jpg,b/1.jpg,false\na/1.jpg,a/2.jpg,true",
    "a,b,same\na/1.jpg, b/1.jpg, different\r\n\"a/1.jpg\",\"a/2.jpg\",same\r\n",
    "\u{FEFF}# pairs\na/1.jpg\tb/1.jpg\t0\na/1.jpg\ta/2.jpg\t1",
  ])
  func readsPaths(text: String) throws {
    let list = try Self.read(text)
    #expect(list.photos.map(\.path) == ["a/1.jpg", "b/1.jpg", "a/2.jpg"])
    #expect(list.pairs == [.init(a: 0, b: 1, isSame: false), .init(a: 0, b: 2, isSame: true)])
    #expect(list.people().numbers == [0, 1, 0] && list.people().count == 2)
  }

  @Test func pathsMayHoldBlanks() throws {
    let list = try Self.read("my photos/1 a.jpg,b.jpg,1\n")
    #expect(list.photos.map(\.path) == ["my photos/1 a.jpg", "b.jpg"])
  }

  @Test func peopleFollowPairsWhereFoldersDoNot() throws {
    let list = try Self.read("all/1.jpg all/2.jpg 1\nall/2.jpg all/3.jpg 1\nall/1.jpg all/4.jpg 0\n")
    #expect(list.people().numbers == [0, 0, 0, 1] && list.people().count == 2)
  }

  @Test(arguments: [
    ("", "The list of pairs is empty."), ("10\t300\n", "The list of pairs is empty."),
    ("a b c\nx\n", "Line 2 of the list"), ("a 1 2 3 4\n", "Line 1 of the list"),
    ("a.jpg b.jpg 2\n", "Line 1 of the list"),
    ("Ada 1 -2\n", "Line 1 of the list"), ("Ada 1 99999999999999999999\n", "Line 1 of the list"),
    ("a.jpg b.jpg 1\nA\t1\tB\n", "Line 2 of the list"),
  ])
  func refusesWhatItCannotUnderstand(text: String, message: String) {
    let problem = #expect(throws: PairsFile.Problem.self) { try Self.read(text) }
    #expect(problem?.message.hasPrefix(message) == true, "\(problem?.message ?? "")")
  }

  @Test func isBounded() throws {
    let line = "a.jpg b.jpg 1\n"
    #expect(throws: PairsFile.Problem.self) { try Self.read(line + line + line, pairs: 2) }
    #expect(throws: PairsFile.Problem.self) { try Self.read(line + "c.jpg d.jpg 0\n", photos: 3) }
    _ = try Self.read(line + line, pairs: 2, photos: 2)
  }

  @Test func randomBytesNeverStopIt() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<200 {
      let bytes = (0..<300).map { _ in [UInt8]("01, \t\n\"#\u{0}aé/-".utf8).randomElement(using: &random) ?? 0xFF }
      _ = try? PairsFile(bytes)
      _ = try? PhotoGroups(bytes, limit: 5)
    }
  }

  @Test func readsGroups() throws {
    let groups = try PhotoGroups(Array("path,group\nAda,women\nBob/Bob_0003.jpg,men\n".utf8), limit: 2)
    #expect(groups.group(of: "Ada/Ada_0001") == "women")
    #expect(groups.group(of: "Bob/Bob_0003") == "men")
    #expect(groups.group(of: "Bob/Bob_0004") == nil && groups.group(of: "") == nil)
    #expect(throws: PairsFile.Problem.self) { try PhotoGroups(Array("a,x\nb,y\nc,z\n".utf8), limit: 2) }
    #expect(throws: PairsFile.Problem.self) { try PhotoGroups(Array("only\n".utf8), limit: 2) }
  }
}
