/// Connects the faces of consecutive frames to tracks, each of one person.
///
/// A pure value: frames go in with their times, tracks come out. The faces of a frame are given to the tracks one to one so
/// that overlap with where the tracks should be, and likeness of the looks, are best in total. Overlap alone never joins
/// two people for long: a clear look that disagrees starts a new track, a poor one that does so twice as well.
///
/// Reference: Bewley et al. 2016 (SORT) for the overlap with a prediction; Wojke et al. 2017 (DeepSORT) for the looks.
package struct Tracker: Sendable {
  package struct Rules: Sendable, Equatable {
    /// Intersection over union with the expected place from which on a face may continue a track.
    package var leastOverlap = 0.2
    /// The same from which on another face is so near that only looks can tell them apart.
    package var nearbyOverlap = 0.05
    /// Seconds that a track lives without being seen; less before it is confirmed.
    package var life = 1.0
    package var unconfirmedLife = 0.3
    /// Seconds after which a track is looked at again though nothing has changed.
    package var refresh = 0.5
    /// Looks taken in one frame at most, apart from those that are asked for.
    package var mostLooks = 6
    /// Tracks kept at most.
    package var mostTracks = 200

    package init() {}
  }

  /// What a frame did to the tracks.
  package struct Outcome: Sendable, Equatable {
    /// The number of the track of each sighting, in their order.
    package var numbers: [Int] = []
    /// Where each sighting's track was expected, as overlap with where it was seen; 1 for a new track.
    package var expected: [Double] = []
    /// Whether each sighting's look was taken into its track's appearance.
    package var tookLook: [Bool] = []
    /// Tracks that go on unseen.
    package var missing: [Int] = []
    /// Tracks that ended.
    package var ended: [Int] = []
  }

  /// How much a caller wants a look at a track.
  package enum LookNeed: Sendable {
    case none, useful, needed
  }

  package let rules: Rules
  /// By number, the oldest first.
  package private(set) var tracks: [Track] = []
  /// Tracks so far.
  package private(set) var count = 0
  /// The newest frame's time.
  package private(set) var time = -Double.infinity

  package init(rules: Rules = Rules()) { self.rules = rules }

  package subscript(number: Int) -> Track? { tracks.first { $0.number == number } }

  /// The sightings at which a look should be taken, the most important first: new ones, those that could be of two tracks or
  /// look different than before, those of tracks that `need` one, and those whose last look is long ago.
  package func looksWanted(_ sightings: [Sighting], at time: Double, need: (Track) -> LookNeed) -> [Int] {
    let time = max(time, self.time)
    let boxes = tracks.map { $0.predicted(at: time) }
    var wanted: [(index: Int, urgency: Double)] = []
    var asked: [Int] = []
    for (index, sighting) in sightings.enumerated() where sighting.canLook && sighting.look == nil {
      let near = boxes.indices.filter { boxes[$0].overlap(sighting.box) >= rules.nearbyOverlap }
      let best = near.max { boxes[$0].overlap(sighting.box) < boxes[$1].overlap(sighting.box) }
      guard let best, boxes[best].overlap(sighting.box) >= rules.leastOverlap else {
        wanted.append((index, 4))
        continue
      }
      let track = tracks[best]
      let need = need(track)
      if need == .needed {
        asked.append(index)
        continue
      }
      let rivals = sightings.indices.filter {
        $0 != index && sightings[$0].box.overlap(boxes[best]) >= rules.nearbyOverlap
      }
      var isOther = false
      if let before = track.thumbnail, let now = sighting.thumbnail {
        isOther = before.likeness(now) < FaceThumbnail.leastLikeness
      }
      let age = track.lastLook.map { time - $0 } ?? .infinity
      if near.count > 1 || !rivals.isEmpty || isOther {
        wanted.append((index, 3))
      } else if !track.isConfirmed || track.missedFrames > 0 || track.suspicions > 0 {
        wanted.append((index, 2))
      } else if need == .useful || age >= rules.refresh {
        wanted.append((index, min(age, 1)))
      }
    }
    wanted.sort { ($0.urgency, $1.index) > ($1.urgency, $0.index) }
    return asked + wanted.prefix(rules.mostLooks).map(\.index)
  }

  /// Continues the tracks with a frame's faces.
  package mutating func update(_ sightings: [Sighting], at newTime: Double, bars: SimilarityBars) -> Outcome {
    time = max(newTime, time)
    let expected = tracks.map { $0.predicted(at: time) }
    let gains = tracks.indices.map { row in
      sightings.map { gain(tracks[row], expected[row], $0, bars) }
    }
    var outcome = Outcome()
    outcome.numbers = Array(repeating: 0, count: sightings.count)
    outcome.expected = Array(repeating: 1, count: sightings.count)
    outcome.tookLook = sightings.map { $0.look != nil }
    var isSeen = [Bool](repeating: false, count: tracks.count)
    for pair in BestAssignment.pairs(gains) {
      let sighting = sightings[pair.column]
      let isSuspect = disagrees(tracks[pair.row], sighting, bars)
      if isSuspect, tracks[pair.row].suspicions > 0 { continue }
      outcome.numbers[pair.column] = tracks[pair.row].number
      outcome.expected[pair.column] = expected[pair.row].overlap(sighting.box)
      if isSuspect { outcome.tookLook[pair.column] = false }
      tracks[pair.row].take(sighting, at: time, isSuspect: isSuspect)
      isSeen[pair.row] = true
    }
    for row in tracks.indices where !isSeen[row] { tracks[row].miss() }
    removeDead(&outcome)
    for (index, sighting) in sightings.enumerated() where outcome.numbers[index] == 0 {
      count += 1
      tracks.append(Track(number: count, sighting, at: time))
      outcome.numbers[index] = count
    }
    outcome.missing = tracks.filter { $0.missedFrames > 0 }.map(\.number)
    return outcome
  }

  /// Looks of another recognizer say nothing any more.
  package mutating func forgetLooks() { for index in tracks.indices { tracks[index].forgetLooks() } }

  // MARK: One face and one track

  /// How well a face continues a track; 0 when it cannot.
  private func gain(_ track: Track, _ expected: FaceBox, _ sighting: Sighting, _ bars: SimilarityBars) -> Double {
    let overlap = expected.overlap(sighting.box)
    let isNear = overlap >= rules.leastOverlap
    let trust = track.isConfirmed ? 0.05 : 0
    guard let look = sighting.look, let agreement = track.appearance.agreement(look) else {
      // After a long gap the place alone says nothing.
      return isNear && time - track.lastSeen <= rules.life ? overlap + trust : 0
    }
    if agreement < bars.different {
      // What a poor look says may be wrong; where it is may be right.
      return isNear && !(look.isClear && track.appearance.isClear) ? overlap / 10 : 0
    }
    let likeness = Double((agreement - bars.different) / max(1 - bars.different, 1e-6))
    if isNear { return overlap + likeness + trust }
    // Elsewhere, after a cut or a gap, only looks that would be learned may join.
    let isSure = agreement >= bars.capture && look.isClear && track.appearance.isClear
    return isSure ? likeness / 2 + trust : 0
  }

  private func disagrees(_ track: Track, _ sighting: Sighting, _ bars: SimilarityBars) -> Bool {
    guard let look = sighting.look, let agreement = track.appearance.agreement(look) else { return false }
    return agreement < bars.different
  }

  private mutating func removeDead(_ outcome: inout Outcome) {
    var dead = Set(
      tracks.filter { track in
        time - track.lastSeen > (track.isConfirmed ? rules.life : rules.unconfirmedLife)
      }.map(\.number))
    let excess = tracks.count - dead.count - rules.mostTracks
    if excess > 0 {
      let oldest = tracks.filter { !dead.contains($0.number) && $0.missedFrames > 0 }.sorted {
        ($0.isConfirmed ? 1 : 0, $0.lastSeen) < ($1.isConfirmed ? 1 : 0, $1.lastSeen)
      }
      dead.formUnion(oldest.prefix(excess).map(\.number))
    }
    tracks.removeAll { dead.contains($0.number) }
    outcome.ended = dead.sorted()
  }
}
