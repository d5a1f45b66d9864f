/// A face as one frame shows it, for the tracker.
package struct Sighting: Sendable {
  /// In pixels of the full picture.
  package var box: FaceBox
  /// Whether the picture has no fault that makes a look at it unreliable.
  package var isClear: Bool
  /// Whether a look can be taken: the face can be aligned.
  package var canLook: Bool
  package var thumbnail: FaceThumbnail?
  /// The look, once it was taken.
  package var look: Look?

  package init(
    box: FaceBox, isClear: Bool, canLook: Bool = true, thumbnail: FaceThumbnail? = nil, look: Look? = nil
  ) {
    self.box = box
    self.isClear = isClear
    self.canLook = canLook
    self.thumbnail = thumbnail
    self.look = look
  }
}

/// One person's face over the frames of a stream.
///
/// Units: pixels of the full picture, and seconds of the stream's clock.
package struct Track: Sendable {
  /// How long a movement is expected to go on without being seen.
  private static let longestForecast = 0.3
  /// The share of the newest displacement in the velocity.
  private static let velocityGain = 0.5

  /// From 1; never used again in its stream.
  package let number: Int
  /// Where it was seen last.
  package private(set) var box: FaceBox
  package let firstSeen: Double
  package private(set) var lastSeen: Double
  /// Frames that showed it.
  package private(set) var sightings = 1
  /// Frames since then that did not.
  package private(set) var missedFrames = 0
  package private(set) var appearance = Appearance()
  /// When the last look was taken.
  package private(set) var lastLook: Double?
  /// Looks in a row that disagree but may do so because they are poor.
  private(set) var suspicions = 0
  private(set) var thumbnail: FaceThumbnail?
  private var velocity = (x: 0.0, y: 0.0)

  init(number: Int, _ sighting: Sighting, at time: Double) {
    self.number = number
    box = sighting.box
    firstSeen = time
    lastSeen = time
    thumbnail = sighting.thumbnail
    if let look = sighting.look {
      appearance.add(look)
      lastLook = time
    }
  }

  /// Whether it was seen often enough to be believed.
  package var isConfirmed: Bool { sightings >= 2 }

  /// Where it should be at a time: it goes on as it went, for a moment.
  package func predicted(at time: Double) -> FaceBox {
    let ahead = min(max(time - lastSeen, 0), Self.longestForecast)
    return box.moved(x: velocity.x * ahead, y: velocity.y * ahead)
  }

  /// Continues with a sighting. A look that is only suspected to be another person's is not taken in.
  mutating func take(_ sighting: Sighting, at time: Double, isSuspect: Bool) {
    let elapsed = time - lastSeen
    if elapsed > 0 {
      let (old, new) = (box.center, sighting.box.center)
      let gain = sightings == 1 ? 1 : Self.velocityGain
      velocity.x += gain * ((new.x - old.x) / elapsed - velocity.x)
      velocity.y += gain * ((new.y - old.y) / elapsed - velocity.y)
    }
    box = sighting.box
    lastSeen = time
    sightings += 1
    missedFrames = 0
    suspicions = isSuspect ? suspicions + 1 : sighting.look == nil ? suspicions : 0
    guard !isSuspect else { return }
    thumbnail = sighting.thumbnail ?? thumbnail
    if let look = sighting.look {
      appearance.add(look)
      lastLook = time
    }
  }

  /// A frame went by without it.
  mutating func miss() { missedFrames += 1 }

  /// Looks of another recognizer say nothing any more.
  mutating func forgetLooks() {
    appearance = Appearance()
    lastLook = nil
    suspicions = 0
  }
}
