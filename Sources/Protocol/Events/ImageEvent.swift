/// The answer for one image of a request with many: its faces, or why there are none to give.
public struct ImageEvent: Codable, Sendable, Equatable {
  /// Always `image`.
  public var event: String
  /// Which attachment, counted from 0. Events come as they are ready, not in this order.
  public var index: Int
  /// Name of the attachment.
  public var name: String?
  /// Size of the upright image.
  public var image: ImageSize?
  /// Faces of the image; empty when it shows none. Absent with ``error``.
  public var faces: [Face]?
  /// The annotated picture, when it was asked for.
  public var media: Media?
  /// Why this image failed. The others go on.
  public var error: WireError?

  /// The faces of one image.
  public init(index: Int, name: String? = nil, image: ImageSize, faces: [Face], media: Media? = nil) {
    event = "image"
    self.index = index
    self.name = name
    self.image = image
    self.faces = faces
    self.media = media
  }

  /// The failure of one image.
  public init(index: Int, name: String? = nil, error: WireError) {
    event = "image"
    self.index = index
    self.name = name
    self.error = error
  }
}
