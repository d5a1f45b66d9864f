/// A face of a stream's frame and the track it continues. In the JSON the members of ``face`` and the others are one object.
public struct TrackedFace: Codable, Sendable, Equatable {
  /// The track, counted from 1 in each stream. A number is never used again, and means one person.
  public var track: Int
  /// Whether the track was seen often enough to be believed; unconfirmed ones have no identity.
  public var confirmed: Bool
  /// Frames in which it was seen, this one included.
  public var age: Int
  /// Milliseconds since it was seen first, by the stream's clock.
  public var ageMs: Double
  /// Whether this frame's face was embedded; if not, `candidates` are those of the last one that was.
  public var embedded: Bool
  /// What the looks at the track say together.
  public var votes: TrackVotes
  /// The face in this frame; its `identity` is that of the track.
  public var face: Face

  private enum CodingKeys: String, CodingKey { case track, confirmed, age, ageMs, embedded, votes }

  /// A tracked face of its parts.
  public init(
    track: Int, confirmed: Bool, age: Int, ageMs: Double, embedded: Bool, votes: TrackVotes, face: Face
  ) {
    self.track = track
    self.confirmed = confirmed
    self.age = age
    self.ageMs = ageMs
    self.embedded = embedded
    self.votes = votes
    self.face = face
  }

  /// Decodes the one object.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    track = try container.decode(Int.self, forKey: .track)
    confirmed = try container.decode(Bool.self, forKey: .confirmed)
    age = try container.decode(Int.self, forKey: .age)
    ageMs = try container.decode(Double.self, forKey: .ageMs)
    embedded = try container.decode(Bool.self, forKey: .embedded)
    votes = try container.decode(TrackVotes.self, forKey: .votes)
    face = try Face(from: decoder)
  }

  /// Encodes the one object.
  public func encode(to encoder: any Encoder) throws {
    try face.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(track, forKey: .track)
    try container.encode(confirmed, forKey: .confirmed)
    try container.encode(age, forKey: .age)
    try container.encode(ageMs, forKey: .ageMs)
    try container.encode(embedded, forKey: .embedded)
    try container.encode(votes, forKey: .votes)
  }
}

/// How the looks at a track vote on who it is; the shares are of all weight and sum to 1.
public struct TrackVotes: Codable, Sendable, Equatable {
  /// Looks that count, the newest ones.
  public var looks: Int
  /// Share of the looks that know nobody, 0 to 1.
  public var unknown: Float
  /// Subjects that were voted for, the largest share first.
  public var subjects: [TrackVote]

  /// Votes of their parts.
  public init(looks: Int, unknown: Float, subjects: [TrackVote]) {
    self.looks = looks
    self.unknown = unknown
    self.subjects = subjects
  }
}

/// The votes for one subject.
public struct TrackVote: Codable, Sendable, Equatable {
  /// The subject's id.
  public var subject: String
  /// Its share of the votes, 0 to 1.
  public var share: Float

  /// A vote of its parts.
  public init(subject: String, share: Float) {
    self.subject = subject
    self.share = share
  }
}
