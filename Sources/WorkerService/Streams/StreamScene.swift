internal import FacePipeline
internal import GalleryStore
internal import Protocol

/// What the faces of a stream did so far. A value: a frame works on a copy, so that one that fails changes nothing.
struct StreamScene: Sendable {
  /// What is known of the person of a track.
  struct Person: Sendable {
    var votes = IdentityVotes()
    /// The decisions on the looks in the track's appearance, in their order.
    var decisions: [FaceVerdict] = []
    /// Of what the decisions were made by.
    var version = DecisionVersion()
    /// The votes go on when they are decided anew: the name stays until they say otherwise.
    mutating func decide(_ looks: [FaceVerdict], qualities: [Double], version: DecisionVersion) {
      decisions = looks
      self.version = version
      votes.recount(zip(looks, qualities).map { $0.ballot(quality: $1) })
    }

    mutating func add(_ look: FaceVerdict, quality: Double) {
      decisions = (decisions + [look]).suffix(Appearance.capacity)
      votes.cast(look.ballot(quality: quality))
    }
  }

  var tracker = Tracker()
  var people: [Int: Person] = [:]
  /// The recognizer whose looks the tracks have.
  var recognizer: ModelIdentity?
  private var clock = StreamClock()

  /// The time of a frame on the stream's own clock, in seconds.
  mutating func time(_ timeMs: Double?, arrival: Moment) -> Double { clock.advance(timeMs, arrival: arrival) }

  /// Looks belong to one recognizer: with another one, all begin anew. The names stay until new looks say otherwise.
  mutating func use(_ recognizer: ModelIdentity) {
    if let known = self.recognizer, known != recognizer {
      tracker.forgetLooks()
      for number in people.keys {
        people[number]?.votes.forgetBallots()
        people[number]?.decisions = []
      }
    }
    self.recognizer = recognizer
  }

  /// Drops what is known of tracks that are no more.
  mutating func forget(_ ended: [Int]) { for number in ended { people[number] = nil } }
}

/// A clock that never goes back, whatever times the frames come with.
struct StreamClock: Sendable {
  private var seconds = 0.0
  private var last: (arrival: Moment, timeMs: Double?)?

  /// Goes on by what lies between the frame and the one before; a frame from the past, as at the start of a loop, takes no time.
  mutating func advance(_ timeMs: Double?, arrival: Moment) -> Double {
    if let last {
      let elapsed: Double
      if let timeMs, let before = last.timeMs {
        elapsed = timeMs - before
      } else {
        elapsed = arrival.milliseconds(since: last.arrival)
      }
      seconds += max(0, elapsed) / 1_000
    }
    last = (arrival, timeMs)
    return seconds
  }
}
