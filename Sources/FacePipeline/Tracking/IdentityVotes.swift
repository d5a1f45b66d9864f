/// What the looks at one track say together about who it is.
///
/// Every look has a ballot for a subject or for nobody, which weighs as the picture is good and as the decision was clear,
/// and less the older it is. An identity is elected by two ballots at least, and loses its place only to one that is
/// clearly ahead, so that no single bad frame changes a name.
package struct IdentityVotes: Sendable, Equatable {
  /// One look's vote.
  package struct Ballot: Sendable, Equatable {
    /// A subject's id; `nil` is nobody who is known.
    package let subject: String?
    /// 0 to 1.
    package let weight: Double

    package init(subject: String?, weight: Double) {
      self.subject = subject
      self.weight = weight
    }

    /// The vote of a look of this quality (0 to 1) whose best score is so far from the threshold.
    package init(subject: String?, quality: Double, score: Float, threshold: Float) {
      let distance = Double(abs(score - threshold)) / Double(max((1 - threshold) / 2, 0.02))
      let clarity = 0.25 + 0.75 * min(distance.isFinite ? distance : 0, 1)
      self.init(subject: subject, weight: max(quality, 0.05) * clarity)
    }
  }

  /// What one ballot weighs beside the next newer one.
  private static let aging = 0.9
  /// How far ahead another identity must be to take the place.
  private static let lead = 1.5
  /// Ballots that an identity needs to be elected.
  private static let quorum = 2

  /// Oldest first; as many as ``Appearance/capacity``.
  package private(set) var ballots: [Ballot] = []
  /// Who it is; `nil` is nobody who is known, or not known yet.
  package private(set) var elected: String?

  package init() {}

  /// Adds the vote of a new look.
  package mutating func cast(_ ballot: Ballot) {
    ballots.append(ballot)
    if ballots.count > Appearance.capacity { ballots.removeFirst(ballots.count - Appearance.capacity) }
    elect()
  }

  /// Replaces all votes: the same looks, decided anew after the gallery or the classifier has changed.
  package mutating func recount(_ ballots: [Ballot]) {
    self.ballots = Array(ballots.suffix(Appearance.capacity))
    elect()
  }

  /// Forgets the votes, which are another recognizer's, but not who was elected until there are new ones.
  package mutating func forgetBallots() { ballots = [] }

  /// The shares of all weight, the largest first; they sum to 1. Empty without votes.
  package var shares: [(subject: String?, share: Double)] {
    let totals = totals
    let sum = totals.reduce(0) { $0 + $1.weight }
    return sum > 0 ? totals.map { ($0.subject, $0.weight / sum) } : []
  }

  /// Whether more looks are unlikely to change anything.
  package var isSettled: Bool {
    guard ballots.count >= 4, let first = shares.first else { return false }
    return first.share >= 0.75 && first.subject == elected
  }

  private struct Total {
    var subject: String?
    var weight = 0.0
    var count = 0
  }

  /// By falling weight; of equal ones the newest ballot's first.
  private var totals: [Total] {
    var totals: [Total] = []
    var weight = 1.0
    for ballot in ballots.reversed() {
      let index = totals.firstIndex { $0.subject == ballot.subject } ?? totals.count
      if index == totals.count { totals.append(Total(subject: ballot.subject)) }
      totals[index].weight += weight * ballot.weight
      totals[index].count += 1
      weight *= Self.aging
    }
    return totals.enumerated().sorted { ($0.element.weight, $1.offset) > ($1.element.weight, $0.offset) }
      .map(\.element)
  }

  private mutating func elect() {
    let totals = totals
    guard let leader = totals.first else { return }
    let place = totals.first { $0.subject == elected }
    // Nobody votes for it any more: it was removed, or belongs to the looks of another recognizer.
    if place == nil { elected = nil }
    guard leader.subject != elected, leader.count >= Self.quorum else { return }
    let rival = totals.dropFirst().first?.weight ?? 0
    if leader.weight >= Self.lead * (place?.weight ?? rival) { elected = leader.subject }
  }
}
