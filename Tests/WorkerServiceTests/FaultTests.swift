import Digests
import Protocol
import TestSupport
import Testing

@testable import WorkerService

@Suite struct FaultTests {
  @Test func textIsUnderstood() throws {
    let plain = try #require(Fault("exit@detect"))
    #expect(plain.kind == .exit && plain.method == "detect" && plain.choice == .every && !plain.isAfter)
    #expect(Fault("stdout-noise@*:3")?.choice == .nth(3))
    #expect(Fault("torn-frame@enroll:~50:after")?.choice == .oneIn(50))
    #expect(Fault("torn-frame@enroll:~50:after")?.isAfter == true)
    let digest = SHA256.hexadecimal([1, 2, 3])
    #expect(Fault("signal@*:sha256=" + digest.uppercased())?.choice == .digest(digest))
  }

  @Test(arguments: [
    "", "exit", "exit@", "explode@detect", "exit@detect:0", "exit@detect:-1", "exit@detect:~", "exit@detect:soon",
    "exit@detect:sha256=12", "@detect", "exit@detect:1:2:later",
  ])
  func nonsenseIsNot(text: String) { #expect(Fault(text) == nil) }

  @Test func choicesStrike() throws {
    var random = SeededGenerator(seed: 1)
    let third = try #require(Fault("exit@detect:3"))
    #expect((1...5).filter { third.strikes(count: $0, attachments: [], random: &random) } == [3])
    let sometimes = try #require(Fault("exit@detect:~4"))
    let strikes = (1...4_000).count { sometimes.strikes(count: $0, attachments: [], random: &random) }
    #expect((850...1_150).contains(strikes))
    let poison = try #require(Fault("exit@detect:sha256=" + SHA256.hexadecimal([7, 7])))
    let deadly = RequestAttachment(name: "image", content: .bytes([7, 7]))
    let harmless = RequestAttachment(name: "image", content: .bytes([7]))
    #expect(poison.strikes(count: 1, attachments: [harmless, deadly], random: &random))
    #expect(!poison.strikes(count: 1, attachments: [harmless], random: &random))
  }
}
