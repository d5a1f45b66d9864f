/// A rectangle in pixels of the upright image: origin top left, y down. It may reach over the image's edge.
public struct Box: Codable, Sendable, Equatable {
  /// Left edge, in pixels.
  public var x: Float
  /// Top edge, in pixels.
  public var y: Float
  /// Width, in pixels.
  public var width: Float
  /// Height, in pixels.
  public var height: Float

  /// A rectangle of its left top corner and its size, in pixels.
  public init(x: Float, y: Float, width: Float, height: Float) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }
}

/// Width and height of an image after its EXIF orientation was applied, in pixels.
public struct ImageSize: Codable, Sendable, Equatable {
  /// Pixels in a row.
  public var width: Int
  /// Rows.
  public var height: Int

  /// A size in pixels.
  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }
}

/// A position in pixels of the upright image, written `[x, y]`.
public struct Point: Codable, Sendable, Equatable {
  /// Pixels from the left edge.
  public var x: Float
  /// Pixels from the top edge.
  public var y: Float

  /// A position in pixels.
  public init(x: Float, y: Float) {
    self.x = x
    self.y = y
  }

  /// Decodes `[x, y]`.
  public init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    x = try container.decode(Float.self)
    y = try container.decode(Float.self)
  }

  /// Encodes `[x, y]`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    try container.encode(x)
    try container.encode(y)
  }
}

/// Five points of a face, written as a list of five `[x, y]`. Left means left in the image.
public struct Landmarks: Codable, Sendable, Equatable {
  /// Center of the eye on the left of the image.
  public var leftEye: Point
  /// Center of the eye on the right of the image.
  public var rightEye: Point
  /// Tip of the nose.
  public var nose: Point
  /// Corner of the mouth on the left of the image.
  public var leftMouth: Point
  /// Corner of the mouth on the right of the image.
  public var rightMouth: Point

  /// Five points in pixels of the upright image.
  public init(leftEye: Point, rightEye: Point, nose: Point, leftMouth: Point, rightMouth: Point) {
    self.leftEye = leftEye
    self.rightEye = rightEye
    self.nose = nose
    self.leftMouth = leftMouth
    self.rightMouth = rightMouth
  }

  /// The points in the order of the wire.
  public var points: [Point] { [leftEye, rightEye, nose, leftMouth, rightMouth] }

  /// Decodes a list of five points.
  public init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    leftEye = try container.decode(Point.self)
    rightEye = try container.decode(Point.self)
    nose = try container.decode(Point.self)
    leftMouth = try container.decode(Point.self)
    rightMouth = try container.decode(Point.self)
  }

  /// Encodes a list of five points.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    for point in points { try container.encode(point) }
  }
}

/// Where the face looks, in degrees, estimated from the landmarks.
public struct Pose: Codable, Sendable, Equatable {
  /// Turn to the side, -90 to 90; positive: the face looks to the right of the image.
  public var yaw: Float
  /// Nod, -90 to 90; positive: the face looks up.
  public var pitch: Float
  /// Tilt in the image plane, -180 to 180; positive: clockwise.
  public var roll: Float

  /// Angles in degrees.
  public init(yaw: Float, pitch: Float, roll: Float) {
    self.yaw = yaw
    self.pitch = pitch
    self.roll = roll
  }
}
