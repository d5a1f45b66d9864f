import FacePipeline
import Testing

/// People with looks of their own, seen by a camera that misses and blurs as told.
struct SyntheticPeople {
  static let bars = SimilarityBars(different: 0.5, same: 0.7, capture: 0.85)
  private static let dimension = 32

  /// A look at a person: their own direction and some noise, the same for the same numbers.
  static func look(_ person: Int, frame: Int = 0, noise: Float = 0.05, quality: Double = 0.8, isClear: Bool = true)
    -> Look
  {
    var vector = [Float](repeating: 0, count: dimension)
    vector[person % dimension] = 1
    var state = UInt64(person) &* 7_919 &+ UInt64(frame) &* 104_729 &+ 1
    for index in vector.indices {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      vector[index] += noise * (Float(state >> 40) / Float(1 << 23) - 1)
    }
    guard let look = Look(embedding: vector, quality: quality, isClear: isClear) else { fatalError("no direction") }
    return look
  }

  static func box(x: Double, y: Double = 100, side: Double = 60) -> FaceBox {
    FaceBox(x: x, y: y, width: side, height: side)
  }

  /// A face of a person at a place, with its look only when it is asked for.
  struct Face {
    var person: Int
    var box: FaceBox
    var isClear = true
    var noise: Float = 0.05
  }

  /// A tracker and how many looks it asked for.
  struct Camera {
    var tracker = Tracker()
    var looks = 0
    var frame = 0
    var framesPerSecond = 25.0

    /// The tracks of the people of a frame, in their order.
    mutating func see(_ faces: [Face], need: Tracker.LookNeed = .none) -> Tracker.Outcome {
      frame += 1
      let time = Double(frame) / framesPerSecond
      var sightings = faces.map { Sighting(box: $0.box, isClear: $0.isClear) }
      for index in tracker.looksWanted(sightings, at: time, need: { _ in need }) {
        looks += 1
        sightings[index].look = SyntheticPeople.look(
          faces[index].person, frame: frame, noise: faces[index].noise, isClear: faces[index].isClear)
      }
      return tracker.update(sightings, at: time, bars: SyntheticPeople.bars)
    }

    mutating func skip(frames: Int) { frame += frames }
  }
}
