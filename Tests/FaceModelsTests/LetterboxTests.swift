import Testing

@testable import FaceModels

/// Where a picture lies on a detector's input.
@Suite struct LetterboxTests {
  private func place(_ rule: Letterbox.Rule, _ width: Int, _ height: Int, exactScale: Bool = false) -> Letterbox {
    Letterbox(rule, imageWidth: width, imageHeight: height, exactScale: exactScale)
  }

  @Test func aSmallPictureIsNotEnlarged() {
    let box = place(.fixed(width: 640, height: 640, small: .kept), 250, 200)
    #expect((box.width, box.height) == (640, 640))
    #expect((box.coveredWidth, box.coveredHeight) == (250, 200))
    #expect((box.scaleX, box.scaleY) == (1, 1))
  }

  @Test func aSmallPictureIsEnlargedOnRequest() {
    let box = place(.fixed(width: 640, height: 640, small: .enlarged), 250, 200)
    #expect((box.width, box.height, box.coveredWidth, box.coveredHeight) == (640, 640, 640, 512))
    #expect(box.scaleY == 512.0 / 200)
  }

  @Test(arguments: [
    (250, 250, 320), (320, 320, 320), (321, 100, 640), (160, 160, 160), (100, 161, 320), (1, 1, 160), (640, 640, 640),
  ])
  func halvesHoldWhatFitsThem(width: Int, height: Int, side: Int) {
    let box = place(.fixed(width: 640, height: 640, small: .halves), width, height)
    #expect((box.width, box.height) == (side, side))
    #expect((box.coveredWidth, box.coveredHeight) == (width, height))
  }

  /// Size of the picture, of the input, and of the part covered.
  @Test(arguments: [
    ((640, 480), (640, 480), (640, 480)), ((480, 640), (480, 640), (480, 640)), ((640, 481), (640, 640), (640, 481)),
    ((1024, 683), (640, 480), (640, 426)), ((1920, 1080), (640, 480), (640, 360)), ((5000, 10), (640, 160), (640, 1)),
    ((640, 640), (640, 640), (640, 640)), ((330, 200), (480, 320), (330, 200)), ((320, 150), (320, 160), (320, 150)),
    ((1, 1), (160, 160), (1, 1)),
  ])
  func whatStaysEmptyIsTrimmed(picture: (Int, Int), input: (Int, Int), covered: (Int, Int)) {
    let box = place(.fixed(width: 640, height: 640, small: .trimmed), picture.0, picture.1)
    #expect((box.width, box.height) == input)
    #expect((box.coveredWidth, box.coveredHeight) == covered)
    // A side that is no number of cells stays whole.
    let odd = place(.fixed(width: 600, height: 650, small: .trimmed), picture.0, picture.1)
    #expect((odd.width, odd.height) == (600, 650))
  }

  /// The scales insightface comes to for 1024 x 683: the width fits exactly, the height is rounded down to 426.
  @Test func aLargePictureFits() {
    let box = place(.fixed(width: 640, height: 640, small: .halves), 1024, 683)
    #expect((box.coveredWidth, box.coveredHeight) == (640, 426))
    #expect(box.scaleX == 426.0 / 683 && box.scaleY == 426.0 / 683)
    let exact = place(.fixed(width: 640, height: 640, small: .halves), 1024, 683, exactScale: true)
    #expect(exact.scaleX == 640.0 / 1024 && exact.scaleY == 426.0 / 683)
    let tall = place(.fixed(width: 640, height: 640, small: .halves), 10, 5000)
    #expect((tall.coveredWidth, tall.coveredHeight) == (1, 640))
  }

  @Test func anOwnSizeIsRoundedUpAndBounded() {
    let box = place(.own(multiple: 32, maxSide: 2048), 1000, 33)
    #expect((box.width, box.height, box.coveredWidth, box.coveredHeight) == (1024, 64, 1000, 33))
    let large = place(.own(multiple: 32, maxSide: 2048), 4096, 1000)
    #expect((large.coveredWidth, large.coveredHeight, large.width, large.height) == (2048, 500, 2048, 512))
  }
}
