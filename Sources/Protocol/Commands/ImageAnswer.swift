/// What `detect`, `embed` and `identify` return: the faces of one image, or counts when there were many, whose faces
/// came as ``ImageEvent``.
public enum ImageAnswer: Codable, Sendable, Equatable {
  /// The request had one image.
  case one(ImageFaces)
  /// The request had several.
  case many(ImageCounts)

  /// Decodes either, told apart by the member `images`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: ImageCounts.CodingKeys.self)
    if container.contains(.images) {
      self = .many(try ImageCounts(from: decoder))
    } else {
      self = .one(try ImageFaces(from: decoder))
    }
  }

  /// Encodes the object of whichever it is.
  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .one(let faces): try faces.encode(to: encoder)
    case .many(let counts): try counts.encode(to: encoder)
    }
  }
}

/// The faces of one image.
public struct ImageFaces: Codable, Sendable, Equatable {
  /// Size of the upright image.
  public var image: ImageSize
  /// Largest first; empty when the image shows none.
  public var faces: [Face]
  /// The annotated picture, when it was asked for.
  public var media: Media?
  /// The models behind the answer.
  public var models: ModelsUsed?

  /// An answer of its parts.
  public init(image: ImageSize, faces: [Face], media: Media? = nil, models: ModelsUsed? = nil) {
    self.image = image
    self.faces = faces
    self.media = media
    self.models = models
  }
}

/// What came of a request with many images.
public struct ImageCounts: Codable, Sendable, Equatable {
  /// Images in the request.
  public var images: Int
  /// Images whose event carries faces (or an empty list of them).
  public var succeeded: Int
  /// Images whose event carries an error.
  public var failed: Int
  /// Faces in all.
  public var faceCount: Int
  /// The models behind all the answers.
  public var models: ModelsUsed?

  enum CodingKeys: String, CodingKey {
    case images, succeeded, failed, faceCount, models
  }

  /// Counts of its parts.
  public init(images: Int, succeeded: Int, failed: Int, faceCount: Int, models: ModelsUsed? = nil) {
    self.models = models
    self.images = images
    self.succeeded = succeeded
    self.failed = failed
    self.faceCount = faceCount
  }
}
