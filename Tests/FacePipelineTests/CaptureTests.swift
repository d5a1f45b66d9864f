import FacePipeline
import Testing

@Suite struct CaptureTests {
  private static let bars = SyntheticPeople.bars

  private func appearance(of person: Int) -> Appearance {
    var camera = SyntheticPeople.Camera()
    for _ in 0..<8 {
      _ = camera.see([.init(person: person, box: SyntheticPeople.box(x: 0))], need: .useful)
    }
    return camera.tracker[1]?.appearance ?? Appearance()
  }

  private func capture(_ count: Int = 20, of person: Int = 1) -> Capture<Int> {
    Capture(count: count, appearance: appearance(of: person))
  }

  private func offer(_ person: Int, _ frame: Int, noise: Float = 0.12) -> CaptureOffer {
    CaptureOffer(frame: frame, look: SyntheticPeople.look(person, frame: frame, noise: noise))
  }

  @Test func gathersUntilThereIsEnough() {
    var capture = capture(20)
    var frame = 0
    while !capture.isComplete, frame < 100 {
      frame += 1
      capture.offer(offer(1, frame), bars: Self.bars) { frame }
    }
    #expect(capture.entries.count == 20)
    #expect(capture.entries.allSatisfy { $0.crop == $0.frame })
    #expect(frame <= 40)
    #expect(capture.entries.count + capture.rejectedCount == frame)
  }

  /// Nobody else gets in, whatever the tracker believes.
  @Test func takesNobodyElse() {
    var capture = capture(50)
    for frame in 1...200 {
      let person = frame % 3 == 0 ? 1 : 2 + frame % 5
      let reasons = capture.offer(offer(person, frame), bars: Self.bars) { person }
      if person != 1 { #expect(reasons == [.disagrees]) }
    }
    #expect(capture.entries.allSatisfy { $0.crop == 1 })
    #expect(capture.entries.count >= 33)
    #expect(capture.rejected[.disagrees, default: 0] >= 133)
  }

  /// As like as a match, but not as like as learning asks.
  @Test func theBarIsHigherThanThatOfAMatch() {
    var capture = capture()
    var blend = SyntheticPeople.look(1, noise: 0).vector
    blend[2] = 0.75
    let halfway = Look(embedding: blend, quality: 0.9, isClear: true)
    let anchor = Look(embedding: capture.anchor ?? [], quality: 1, isClear: true)
    let similarity = halfway.flatMap { anchor?.similarity($0) } ?? 0
    #expect(similarity > Self.bars.same && similarity < Self.bars.capture)
    #expect(capture.offer(CaptureOffer(frame: 1, look: halfway), bars: Self.bars) { 1 } == [.disagrees])
  }

  @Test func takesNothingThatIsAsMuchLikeSomebodyElse() {
    var capture = capture()
    var close = offer(1, 1)
    close.likestOther = 0.93
    #expect(capture.offer(close, bars: Self.bars) { 1 } == [.disagrees])
    close.likestOther = 0.4
    #expect(capture.offer(close, bars: Self.bars) { 1 }.isEmpty)
  }

  @Test(arguments: FaceQuality.Reason.allCases)
  func rejectsFaultyPictures(reason: FaceQuality.Reason) {
    var capture = capture()
    var poor = offer(1, 1)
    poor.faults = [reason]
    #expect(capture.offer(poor, bars: Self.bars) { 1 }.map(\.rawValue) == [reason.rawValue])
    #expect(capture.entries.isEmpty)
    #expect(capture.rejections.map(\.reasons) == [[CaptureReason(reason)]])
  }

  @Test func namesEveryReason() {
    var capture = capture()
    var bad = CaptureOffer(
      frame: 7, faults: [.blurred, .edge], isCertain: false, expected: 0.1, isCrowded: true, look: nil)
    #expect(
      capture.offer(bad, bars: Self.bars) { 1 } == [.blurred, .edge, .jumped, .crowded, .uncertain, .disagrees])
    bad = offer(1, 8)
    #expect(capture.offer(bad, bars: Self.bars) { nil } == [.uncertain])
    #expect(capture.rejectedCount == 2)
  }

  @Test func aStillFaceGetsThereMoreSlowly() {
    var capture = capture(10)
    var frame = 0
    while !capture.isComplete, frame < 100 {
      frame += 1
      capture.offer(CaptureOffer(frame: frame, look: SyntheticPeople.look(1, noise: 0.05)), bars: Self.bars) { frame }
    }
    #expect(frame == 15)
    #expect(capture.rejected == [.similar: 5])
  }

  @Test func aTrackWithoutLooksIsTheOneOfItsFirstCrop() {
    var capture = Capture<Int>(count: 5, appearance: Appearance())
    #expect(capture.offer(offer(3, 1), bars: Self.bars) { 1 }.isEmpty)
    #expect(capture.offer(offer(4, 2), bars: Self.bars) { 1 } == [.disagrees])
    #expect(capture.offer(offer(3, 3), bars: Self.bars) { 1 }.isEmpty)
  }

  @Test func dropsWhatTheWholeDoesNotAgreeWith() {
    // With a low bar somebody else is let in; with the real one the whole outvotes them.
    var capture = capture(30)
    let low = SimilarityBars(different: -1, same: -1, capture: -1)
    for frame in 1...12 {
      capture.offer(offer(frame == 6 ? 2 : 1, frame), bars: low) { frame }
    }
    let before = capture.entries.count
    #expect(capture.entries.contains { $0.frame == 6 })
    capture.dropOutliers(bars: Self.bars)
    #expect(!capture.entries.contains { $0.frame == 6 })
    #expect(capture.entries.count == before - 1)
    #expect(capture.rejections.last?.frame == 6 && capture.rejections.last?.reasons == [.disagrees])
  }

  @Test func theListOfRejectionsIsBounded() {
    var capture = capture()
    for frame in 1...1_500 { capture.offer(offer(2, frame), bars: Self.bars) { 1 } }
    #expect(capture.rejections.count == 1_000)
    #expect(capture.rejectedCount == 1_500)
    #expect(capture.rejected == [.disagrees: 1_500])
  }

  @Test func seesWhenAnotherFaceIsTooNear() {
    let box = SyntheticPeople.box(x: 100)
    #expect(!Crowding.isCrowded(box, by: []))
    #expect(!Crowding.isCrowded(box, by: [SyntheticPeople.box(x: 300)]))
    #expect(Crowding.isCrowded(box, by: [SyntheticPeople.box(x: 150)]))
    #expect(Crowding.isCrowded(box, by: [SyntheticPeople.box(x: 165)]))
    #expect(!Crowding.isCrowded(box, by: [SyntheticPeople.box(x: 185)]))
  }
}
