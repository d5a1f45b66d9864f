/// A face to mark in a picture: where it is, what to write and what is known about it.
package struct Annotation: Equatable, Sendable {
  /// What the colour tells.
  package enum State: Equatable, Sendable, CaseIterable {
    /// An enrolled subject: green.
    case known
    /// Nobody who is enrolled: orange.
    case unknown
    /// Only found, not compared with anyone: blue.
    case detected
  }

  /// The box's top left corner, in pixels of the picture.
  package var origin: Point
  /// The box's width in pixels.
  package var width: Double
  /// The box's height in pixels.
  package var height: Double
  /// One line of text; nothing is written when it is empty.
  package var label: String
  package var state: State
  /// Points to mark with dots.
  package var landmarks: [Point]

  package init(
    origin: Point, width: Double, height: Double, label: String, state: State, landmarks: [Point] = []
  ) {
    self.origin = origin
    self.width = width
    self.height = height
    self.label = label
    self.state = state
    self.landmarks = landmarks
  }

  /// The picture with `annotations` drawn into it, later ones over earlier ones, all labels over all boxes.
  ///
  /// Lines and letters grow with the picture. A label stands above its box, or below or inside where there is no room,
  /// always inside the picture; one that is too long for the picture is shortened.
  package static func draw(_ annotations: [Annotation], on image: Image) -> Image {
    var canvas = Canvas(image)
    let style = AnnotationStyle(image)
    for annotation in annotations { style.drawBox(annotation, &canvas) }
    for annotation in annotations where !annotation.label.isEmpty { style.drawLabel(annotation, &canvas) }
    return canvas.image
  }
}

/// Sizes and colours for the annotations of one picture.
struct AnnotationStyle {
  let thickness: Int
  /// Pixels a cell of the font takes.
  let factor: Int

  init(_ image: Image) {
    let side = Double(min(image.width, image.height))
    thickness = min(max(Int((side / 300).rounded()), 1), 12)
    factor = min(max(Int((side / 320).rounded()), 1), 12)
  }

  /// A strong colour and its text's colour.
  static func colors(_ state: Annotation.State) -> (box: Color, text: Color) {
    switch state {
    case .known: (Color(24, 163, 82), .white)
    case .unknown: (Color(245, 158, 11), .black)
    case .detected: (Color(37, 110, 225), .white)
    }
  }

  func drawBox(_ annotation: Annotation, _ canvas: inout Canvas) {
    let box = Rectangle(annotation)
    let (color, _) = Self.colors(annotation.state)
    // A dark line around keeps the box visible on any background.
    let rim = max(1, thickness / 3)
    canvas.stroke(
      x: box.x - rim, y: box.y - rim, width: box.width + 2 * rim, height: box.height + 2 * rim,
      thickness: thickness + 2 * rim, Color(20, 20, 20))
    canvas.stroke(x: box.x, y: box.y, width: box.width, height: box.height, thickness: thickness, color)
    let radius = Double(thickness) * 0.5 + Double(min(box.width, box.height)) / 80
    for point in annotation.landmarks {
      canvas.dot(centre: point, radius: radius + Double(rim), Color(20, 20, 20))
      canvas.dot(centre: point, radius: radius, color)
    }
  }

  func drawLabel(_ annotation: Annotation, _ canvas: inout Canvas) {
    let box = Rectangle(annotation)
    let padding = 2 * factor
    let glyphs = fitting(annotation.label, canvas.width - 2 * padding)
    let width = BitmapFont.width(glyphs) * factor + 2 * padding
    let height = BitmapFont.height * factor + 2 * padding - factor
    let x = min(max(box.x, 0), max(canvas.width - width, 0))
    let candidates = [box.y - height, box.y + box.height, box.y]
    let y = min(
      max(candidates.first { $0 >= 0 && $0 + height <= canvas.height } ?? box.y, 0), max(canvas.height - height, 0))
    let (background, text) = Self.colors(annotation.state)
    canvas.fill(x: x, y: y, width: width, height: height, background)
    canvas.draw(glyphs, x: x + padding, y: y + padding, factor: factor, text)
  }

  /// The glyphs of a label, cut and ended with dots when they are wider than `width` pixels.
  private func fitting(_ label: String, _ width: Int) -> [BitmapFont.Glyph] {
    var glyphs = BitmapFont.glyphs(String(label.prefix(500)))
    if BitmapFont.width(glyphs) * factor <= width { return glyphs }
    let dots = BitmapFont.glyphs("..")
    while !glyphs.isEmpty, BitmapFont.width(glyphs + dots) * factor > width { glyphs.removeLast() }
    return glyphs + dots
  }

  /// A box in whole pixels, brought into a range in which sums cannot overflow.
  private struct Rectangle {
    let x, y, width, height: Int

    init(_ annotation: Annotation) {
      x = Self.whole(annotation.origin.x)
      y = Self.whole(annotation.origin.y)
      width = max(Self.whole(annotation.origin.x + annotation.width) - x, 1)
      height = max(Self.whole(annotation.origin.y + annotation.height) - y, 1)
    }

    private static func whole(_ value: Double) -> Int {
      value.isFinite ? Int(min(max(value, -200_000), 200_000).rounded()) : 0
    }
  }
}
