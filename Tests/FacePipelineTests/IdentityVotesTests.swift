import FacePipeline
import Testing

@Suite struct IdentityVotesTests {
  private func votes(_ subjects: [String?], weight: Double = 0.8) -> IdentityVotes {
    var votes = IdentityVotes()
    for subject in subjects { votes.cast(.init(subject: subject, weight: weight)) }
    return votes
  }

  @Test func oneLookIsNotEnough() {
    #expect(votes(["ada"]).elected == nil)
    #expect(votes(["ada", "ada"]).elected == "ada")
    #expect(votes(["ada", "bob"]).elected == nil)
    #expect(votes([nil, "ada", "ada"]).elected == "ada")
  }

  @Test func oneBadFrameChangesNoName() {
    var votes = votes(Array(repeating: "ada", count: 6))
    votes.cast(.init(subject: "bob", weight: 1))
    #expect(votes.elected == "ada")
    votes.cast(.init(subject: nil, weight: 1))
    #expect(votes.elected == "ada")
    votes.cast(.init(subject: "ada", weight: 0.8))
    #expect(votes.elected == "ada")
    #expect(votes.shares.map(\.subject) == ["ada", "bob", nil] || votes.shares.map(\.subject) == ["ada", nil, "bob"])
    #expect(abs(votes.shares.reduce(0) { $0 + $1.share } - 1) < 1e-9)
  }

  @Test func aLastingChangeChangesTheName() {
    var votes = votes(Array(repeating: "ada", count: 8))
    var looks = 0
    while votes.elected != "bob", looks < 20 {
      votes.cast(.init(subject: "bob", weight: 0.8))
      looks += 1
      if looks < 3 { #expect(votes.elected == "ada") }
    }
    #expect((3...7).contains(looks))
    for _ in 0..<8 { votes.cast(.init(subject: nil, weight: 0.8)) }
    #expect(votes.elected == nil)
  }

  @Test func poorLooksWeighLess() {
    var votes = votes(["ada", "ada", "ada"], weight: 0.9)
    for _ in 0..<4 { votes.cast(.init(subject: "bob", weight: 0.1)) }
    #expect(votes.elected == "ada")
    #expect(IdentityVotes.Ballot(subject: "a", quality: 0.9, score: 0.99, threshold: 0.9).weight > 0.8)
    #expect(IdentityVotes.Ballot(subject: "a", quality: 0.9, score: 0.9001, threshold: 0.9).weight < 0.3)
    #expect(IdentityVotes.Ballot(subject: "a", quality: 0.1, score: 0.99, threshold: 0.9).weight < 0.11)
    #expect(IdentityVotes.Ballot(subject: nil, quality: 1, score: .nan, threshold: 1).weight > 0)
  }

  /// The gallery has changed: the same looks know somebody now.
  @Test func aRecountCountsAtOnce() {
    var votes = votes(Array(repeating: nil, count: 8))
    #expect(votes.elected == nil)
    #expect(votes.isSettled)
    votes.recount(Array(repeating: .init(subject: "ada", weight: 0.8), count: 8))
    #expect(votes.elected == "ada")
    // Removed again.
    votes.recount(Array(repeating: .init(subject: nil, weight: 0.8), count: 8))
    #expect(votes.elected == nil)
    votes.recount([.init(subject: "ada", weight: 0.8), .init(subject: "ada", weight: 0.8)])
    votes.recount([.init(subject: "bob", weight: 0.8)])
    #expect(votes.elected == nil)
  }

  @Test func aNameOutlivesTheChangeOfTheRecognizer() {
    var votes = votes(["ada", "ada", "ada"])
    votes.forgetBallots()
    #expect(votes.elected == "ada")
    votes.cast(.init(subject: "ada", weight: 0.5))
    #expect(votes.elected == "ada")
    votes.forgetBallots()
    votes.cast(.init(subject: "bob", weight: 0.5))
    #expect(votes.elected == nil)
  }

  @Test func settlesAfterSomeLooksThatAgree() {
    #expect(!votes(["ada", "ada", "ada"]).isSettled)
    #expect(votes(["ada", "ada", "ada", "ada"]).isSettled)
    #expect(!votes(["ada", "bob", "ada", "bob", "ada"]).isSettled)
    #expect(votes([nil, nil, nil, nil]).isSettled)
  }
}
