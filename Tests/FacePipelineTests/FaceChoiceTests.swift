import FaceModels
import FacePipeline
import Testing

@Suite struct FaceChoiceTests {
  /// x, y, width, height.
  typealias Rectangle = [Double]

  struct Row: Sendable, CustomTestStringConvertible {
    var what: String
    var faces: [Rectangle]
    var choice: FaceChoice
    var expected: Int?
    var testDescription: String { what }
  }

  static let crowd: [Rectangle] = [[0, 0, 30, 30], [80, 60, 40, 40], [150, 100, 50, 60], [10, 90, 20, 20]]

  static let rows = [
    Row(what: "largest of none", faces: [], choice: .largest, expected: nil),
    Row(what: "center of none", faces: [], choice: .center, expected: nil),
    Row(what: "box of none", faces: [], choice: .box(x: 0, y: 0, width: 9, height: 9), expected: nil),
    Row(what: "largest", faces: crowd, choice: .largest, expected: 2),
    Row(
      what: "largest by area, not by side", faces: [[0, 0, 90, 10], [0, 0, 40, 40]], choice: .largest, expected: 1),
    Row(what: "center", faces: crowd, choice: .center, expected: 1),
    Row(what: "center of one", faces: [[0, 0, 5, 5]], choice: .center, expected: 0),
    Row(what: "box on a face", faces: crowd, choice: .box(x: 8, y: 92, width: 20, height: 20), expected: 3),
    Row(
      what: "box that overlaps two, more with the second", faces: [[0, 0, 40, 40], [20, 0, 40, 40]],
      choice: .box(x: 15, y: 0, width: 40, height: 40), expected: 1),
    Row(what: "box beside every face", faces: crowd, choice: .box(x: 120, y: 0, width: 20, height: 20), expected: nil),
    Row(
      what: "box that overlaps by a third", faces: [[0, 0, 20, 20]], choice: .box(x: 0, y: 10, width: 20, height: 20),
      expected: 0),
    Row(
      what: "box that overlaps by less", faces: [[0, 0, 20, 20]], choice: .box(x: 0, y: 11, width: 20, height: 20),
      expected: nil),
    Row(
      what: "box that swallows a small face", faces: [[50, 50, 10, 10]],
      choice: .box(x: 0, y: 0, width: 200, height: 150), expected: nil),
    Row(what: "empty box", faces: crowd, choice: .box(x: 90, y: 70, width: 0, height: 0), expected: nil),
  ]

  @Test(arguments: rows)
  func picks(row: Row) {
    let faces = row.faces.map {
      DetectedFace(x: $0[0], y: $0[1], width: $0[2], height: $0[3], score: 1, landmarks: [])
    }
    #expect(row.choice.pick(faces, width: 200, height: 160) == row.expected)
  }
}
