import FacePipeline
import Testing

@Suite struct TrackerTests {
  typealias Face = SyntheticPeople.Face
  typealias Camera = SyntheticPeople.Camera

  private func face(_ person: Int, x: Double, y: Double = 100, isClear: Bool = true) -> Face {
    Face(person: person, box: SyntheticPeople.box(x: x, y: y), isClear: isClear)
  }

  @Test func confirmsAtTheSecondSightAndKeepsTheNumber() throws {
    var camera = Camera()
    #expect(camera.see([face(1, x: 0)]).numbers == [1])
    #expect(camera.tracker[1]?.isConfirmed == false)
    for step in 1...20 { #expect(camera.see([face(1, x: Double(step) * 12)]).numbers == [1]) }
    let track = try #require(camera.tracker[1])
    #expect(track.isConfirmed)
    #expect(track.sightings == 21)
  }

  /// Fast enough that a box never overlaps the one before by a fifth, but does overlap with where it was going.
  @Test func predictsMovement() {
    var camera = Camera()
    var x = 0.0
    for step in 0..<12 {
      x += step < 4 ? 15 : step < 8 ? 30 : 50
      #expect(camera.see([face(1, x: x)]).numbers == [1], "step \(step)")
    }
  }

  @Test func survivesMissedFramesAndDiesAfterASecond() {
    var camera = Camera()
    for _ in 0..<5 { _ = camera.see([face(1, x: 100)]) }
    for _ in 0..<20 { #expect(camera.see([]).missing == [1]) }
    #expect(camera.see([face(1, x: 104)]).numbers == [1])
    var ended: [Int] = []
    for _ in 0..<30 { ended += camera.see([]).ended }
    #expect(ended == [1])
    #expect(camera.see([face(1, x: 104)]).numbers == [2])
  }

  @Test func aFalseAlarmDiesSooner() {
    var camera = Camera()
    _ = camera.see([face(1, x: 100)])
    var ended: [Int] = []
    for _ in 0..<10 { ended += camera.see([]).ended }
    #expect(ended == [1])
  }

  @Test(arguments: [false, true])
  func peopleWhoCrossKeepTheirTracks(hideBehind: Bool) {
    var camera = Camera()
    var last: [Int: Int] = [:]
    for step in 0..<60 {
      let (left, right) = (Double(step) * 10, 590 - Double(step) * 10)
      var faces = [face(1, x: left), face(2, x: right, y: 110)]
      // The one in front hides the other for some frames.
      if hideBehind, abs(left - right) < 60 { faces.removeLast() }
      let outcome = camera.see(faces)
      for (index, number) in outcome.numbers.enumerated() {
        let person = faces[index].person
        #expect(last[person] == nil || last[person] == number, "person \(person) at step \(step)")
        last[person] = number
      }
    }
    #expect(last == [1: 1, 2: 2])
  }

  /// Without looks two boxes on each other cannot be told apart; they must be taken there.
  @Test func looksWhereTwoAreNear() {
    var camera = Camera()
    for _ in 0..<10 { _ = camera.see([face(1, x: 0), face(2, x: 300)]) }
    let before = camera.looks
    _ = camera.see([face(1, x: 0), face(2, x: 300)])
    #expect(camera.looks == before)
    _ = camera.see([face(1, x: 0), face(2, x: 45)])
    #expect(camera.looks > before)
  }

  @Test func aJumpCutToSomebodyElseAtThePlaceStartsANewTrack() {
    var camera = Camera()
    for _ in 0..<20 { _ = camera.see([face(1, x: 100)], need: .useful) }
    let outcome = camera.see([face(2, x: 102)], need: .useful)
    #expect(outcome.numbers == [2])
    #expect(outcome.missing == [1])
  }

  @Test func aCutToAnotherViewOfTheSamePersonKeepsTheTrack() {
    var camera = Camera()
    for _ in 0..<20 { _ = camera.see([face(1, x: 100)], need: .useful) }
    #expect(camera.see([face(2, x: 120), face(1, x: 900)], need: .useful).numbers == [2, 1])
  }

  @Test func aPoorLookThatDisagreesIsForgivenOnce() throws {
    var camera = Camera()
    for _ in 0..<10 { _ = camera.see([face(1, x: 100)], need: .useful) }
    let looks = camera.tracker[1]?.appearance.looks
    let outcome = camera.see([face(2, x: 100, isClear: false)], need: .useful)
    #expect(outcome.numbers == [1])
    #expect(outcome.tookLook == [false])
    #expect(camera.tracker[1]?.appearance.looks == looks)
    #expect(camera.see([face(1, x: 100)], need: .useful).numbers == [1])
    #expect(camera.see([face(2, x: 100, isClear: false)], need: .useful).numbers == [1])
    #expect(camera.see([face(2, x: 100, isClear: false)], need: .useful).numbers == [2])
  }

  @Test func aStillSceneNeedsFewLooks() {
    var camera = Camera()
    for _ in 0..<250 { _ = camera.see([face(1, x: 100), face(2, x: 300), face(3, x: 500)]) }
    // Ten seconds: every half second, and a few at the start.
    #expect(camera.looks >= 3 * 19)
    #expect(camera.looks <= 3 * 24)
  }

  @Test func slowCamerasWork() {
    var camera = Camera()
    camera.framesPerSecond = 0.5
    for step in 0..<10 { #expect(camera.see([face(1, x: Double(step) * 5)]).numbers == [1]) }
    // A pause and a face that cannot be looked at: the place alone says nothing any more.
    let later = camera.tracker.time + 60
    let unknown = Sighting(box: SyntheticPeople.box(x: 45), isClear: false, canLook: false)
    #expect(camera.tracker.update([unknown], at: later, bars: SyntheticPeople.bars).numbers == [2])
  }

  @Test func anotherRecognizersLooksAreNotCompared() {
    var camera = Camera()
    for _ in 0..<10 { _ = camera.see([face(1, x: 100)], need: .useful) }
    camera.tracker.forgetLooks()
    #expect(camera.tracker[1]?.appearance.isEmpty == true)
    #expect(camera.see([face(5, x: 100)], need: .useful).numbers == [1])
  }

  @Test func neverKeepsMoreTracksThanAllowed() {
    var tracker = Tracker()
    var generator = SystemRandomNumberGenerator()
    for frame in 0..<40 {
      let sightings = (0..<100).map { _ in
        Sighting(
          box: FaceBox(
            x: .random(in: 0..<9_000, using: &generator), y: .random(in: 0..<9_000, using: &generator), width: 20,
            height: 20), isClear: true, canLook: false)
      }
      let outcome = tracker.update(sightings, at: Double(frame) / 100, bars: SyntheticPeople.bars)
      #expect(Set(outcome.numbers).count == 100)
      #expect(tracker.tracks.count <= tracker.rules.mostTracks + 100)
    }
    #expect(tracker.count > 1_000)
  }

  @Test func strangeNumbersHurtNobody() {
    var tracker = Tracker()
    let boxes = [
      FaceBox(x: .nan, y: 0, width: 10, height: 10), FaceBox(x: 0, y: 0, width: -5, height: .infinity),
      FaceBox(x: 1e300, y: -1e300, width: 1e300, height: 1e300), FaceBox(x: 0, y: 0, width: 0, height: 0),
    ]
    for time in [0, 1, -5, .infinity, 3, .nan, 7] {
      let outcome = tracker.update(
        boxes.map { Sighting(box: $0, isClear: true, canLook: false) }, at: time, bars: SyntheticPeople.bars)
      #expect(outcome.numbers.allSatisfy { $0 > 0 })
    }
  }
}
