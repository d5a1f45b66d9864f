package import FaceModels
package import Images

/// All augmentations of a job, in the order in which a camera does them: the face moves, light changes, optics blur, the
/// sensor adds noise, something is in the way.
package struct AugmentationPipeline: Sendable {
  package let geometric: [any GeometricAugmentation]
  package let pixel: [any PixelAugmentation]
  private let seed: UInt64

  /// Every augmentation with its usual strength; the one list of them.
  package static let all: [any Augmentation] = [
    Rotation(), ScaleChange(), Shift(), Flip(), Brightness(), Contrast(), HueSaturation(), Blur(), Noise(), Cutout(),
  ]

  /// What `train` takes.
  package static var names: [String] { all.map { type(of: $0).name } }

  /// The augmentations of these names, all of them when `nil`.
  package init(_ names: [String]? = nil, seed: UInt64) {
    self.init(Self.all.filter { names?.contains(type(of: $0).name) ?? true }, seed: seed)
  }

  /// These augmentations in this order, but those that move the face first.
  package init(_ augmentations: [any Augmentation], seed: UInt64) {
    geometric = augmentations.compactMap { $0 as? any GeometricAugmentation }
    pixel = augmentations.compactMap { $0 as? any PixelAugmentation }
    self.seed = seed
  }

  /// Whether it changes nothing.
  package var isEmpty: Bool { geometric.isEmpty && pixel.isEmpty }

  /// The recognizer's crop of a face as it is drawn for an epoch: the same for the same seed, epoch and sample on every
  /// machine, whatever was drawn before. `nil` when the face has no usable landmarks.
  package func draw(_ sample: SampleImage, alignment: Alignment, epoch: Int) -> Image? {
    guard let (start, frame) = sample.placement(alignment) else { return nil }
    var path = start
    for augmentation in geometric {
      var random = random(type(of: augmentation).name, epoch, sample.id)
      path = path.followed(by: augmentation.transform(frame, &random))
    }
    let warped = Warp.affine(sample.image, path, width: frame.width, height: frame.height)
    guard !pixel.isEmpty else { return warped }
    var pixels = FloatPixels(warped)
    for augmentation in pixel {
      var random = random(type(of: augmentation).name, epoch, sample.id)
      augmentation.apply(to: &pixels, &random)
    }
    return pixels.image
  }

  private func random(_ name: String, _ epoch: Int, _ sample: Int64) -> SeededRandom {
    SeededRandom(seed: seed, [UInt64(bitPattern: Int64(epoch)), UInt64(bitPattern: sample)], purpose: name)
  }
}

/// A decoded kept crop with its face.
package struct SampleImage: Sendable {
  package let id: Int64
  package let image: Image
  package let face: DetectedFace

  package init(id: Int64, image: Image, face: DetectedFace) {
    self.id = id
    self.image = image
    self.face = face
  }

  /// From the kept crop's pixels to the recognizer's, with the face's place there.
  func placement(_ alignment: Alignment) -> (path: AffineTransform, frame: CropFrame)? {
    guard let path = alignment.transform(face, in: image), !face.landmarks.isEmpty else { return nil }
    let points = face.landmarks.map { path.apply($0) }
    let center = Point(
      x: points.reduce(0) { $0 + $1.x } / Double(points.count), y: points.reduce(0) { $0 + $1.y } / Double(points.count)
    )
    guard center.x.isFinite, center.y.isFinite else { return nil }
    return (path, CropFrame(width: alignment.width, height: alignment.height, center: center))
  }
}
