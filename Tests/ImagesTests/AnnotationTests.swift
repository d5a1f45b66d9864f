import Foundation
import Images
import Testing

@Suite struct AnnotationTests {
  private let gray = Image(width: 300, height: 200, pixels: [UInt8](repeating: 128, count: 180_000))

  private func changed(_ image: Image) -> [(x: Int, y: Int)] {
    (0..<image.width * image.height).filter { image.pixel($0 % image.width, $0 / image.width) != [128, 128, 128] }
      .map { ($0 % image.width, $0 / image.width) }
  }

  @Test func boxAndLabelAreWhereTheyShouldBe() throws {
    let box = Annotation(origin: Point(x: 100, y: 80), width: 60, height: 70, label: "Ada 0.98", state: .known)
    let drawn = changed(Annotation.draw([box], on: gray))
    let (xs, ys) = (drawn.map(\.x), drawn.map(\.y))
    #expect(try #require(xs.min()) >= 98 && #require(xs.max()) <= 162)
    #expect(try #require(ys.min()) < 80 && #require(ys.min()) > 60 && #require(ys.max()) <= 151)
    // The face itself stays visible.
    #expect(!drawn.contains { (105..<155).contains($0.x) && (85..<145).contains($0.y) })
  }

  /// At every edge and corner, and far outside, the label stays inside the picture and in one piece.
  @Test func labelsStayInside() {
    let label = "Grace Hopper"
    for (x, y) in [(-30.0, -30.0), (280, 5), (290, 190), (-5, 195), (0, 0), (150, 2), (1e12, -1e12), (.nan, 3)] {
      let box = Annotation(origin: Point(x: x, y: y), width: 40, height: 30, label: label, state: .unknown)
      let drawn = Annotation.draw([box], on: gray)
      let ink = changed(drawn).filter { drawn.pixel($0.x, $0.y) == [245, 158, 11] }
      // The label's background is wider than any box line.
      let rows = Dictionary(grouping: ink, by: \.y).filter { $0.value.count > 45 }
      #expect(rows.count >= 4, "label at \(x), \(y)")
    }
  }

  @Test func statesHaveTheirColors() {
    let pictures = Annotation.State.allCases.map {
      Annotation.draw([Annotation(origin: Point(x: 9, y: 50), width: 50, height: 50, label: "a", state: $0)], on: gray)
    }
    #expect(Set(pictures.map(\.pixels)).count == 3)
  }

  @Test func absurdNumbersAreCutOff() {
    let tiny = Image(width: 1, height: 1, pixels: [1, 2, 3])
    let numbers = [-Double.infinity, -1e300, -1, 0, 0.5, 1e300, .infinity, .nan]
    for a in numbers {
      for b in numbers {
        let box = Annotation(
          origin: Point(x: a, y: b), width: b, height: a, label: String(repeating: "long ", count: 300), state: .known,
          landmarks: [Point(x: a, y: b)])
        #expect(Annotation.draw([box], on: tiny).pixels.count == 3)
        #expect(Annotation.draw([box], on: gray).pixels.count == 180_000)
      }
    }
    var canvas = Canvas(tiny)
    canvas.stroke(x: Int.max, y: Int.min, width: Int.max, height: Int.max, thickness: Int.max, .black)
    canvas.fill(x: Int.min, y: Int.min, width: Int.max, height: Int.max, .white)
    canvas.text("A", x: Int.max, y: 0, factor: 1, .white)
    #expect(canvas.image.pixels == [1, 2, 3])
    canvas.fill(x: -5, y: -5, width: Int.max, height: Int.max, .white, opacity: 0.5)
    #expect(canvas.image.pixels == [128, 129, 129])
  }

  @Test func lettersDifferAndFallBack() {
    func drawn(_ text: String) -> [UInt8] {
      var canvas = Canvas(Image(width: 60, height: 12, pixels: [UInt8](repeating: 0, count: 2_160)))
      canvas.text(text, x: 1, y: 1, factor: 1, .white)
      return canvas.image.pixels
    }
    let printable = (33...126).map { String(UnicodeScalar(UInt8($0))) }
    #expect(Set(printable.map(drawn)).count == 94)
    #expect(drawn("José Müller Łą") == drawn("Jose Muller La"))
    #expect(drawn("e\u{301}") == drawn("e"))
    #expect(drawn("李👩‍👧") == drawn("??"))
    #expect(drawn("ţž\u{2019}\u{2013}") == drawn("tz'-"))
    #expect(drawn("a\u{0}b\u{7F}") == drawn("a?b?"))
  }
}
