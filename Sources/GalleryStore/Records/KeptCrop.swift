/// A picture of a face kept so that a later model can embed the face anew.
package struct KeptCrop: Sendable, Equatable {
  /// An encoded image, at most ``GalleryLimits/cropBytes``.
  package let image: [UInt8]
  /// Where the face is; `nil` in galleries of format 1 and 2, whose crops are those that the model of the template
  /// aligned for itself.
  package let geometry: CropGeometry?

  package init(image: [UInt8], geometry: CropGeometry? = nil) {
    self.image = image
    self.geometry = geometry
  }
}

/// Where the face lies in a kept crop. Units: pixels of the crop, origin top left, y down.
package struct CropGeometry: Sendable, Equatable {
  /// Left eye, right eye, nose, left and right mouth corner, x then y: ten numbers.
  package let landmarks: [Float]
  /// The detector's box: x, y, width, height.
  package let box: [Float]

  /// `nil` unless there are ten and four finite numbers.
  package init?(landmarks: [Float], box: [Float]) {
    guard landmarks.count == 10, box.count == 4, (landmarks + box).allSatisfy(\.isFinite) else { return nil }
    self.landmarks = landmarks
    self.box = box
  }

  /// As stored: fourteen float32, little-endian, landmarks first.
  var encoded: [UInt8] { EmbeddingCoding.encode(landmarks + box) }

  init?(encoded bytes: UnsafeRawBufferPointer) {
    guard bytes.count == 14 * 4 else { return nil }
    var values = [Float](repeating: 0, count: 14)
    values.withUnsafeMutableBufferPointer { EmbeddingCoding.decode(bytes, into: $0) }
    self.init(landmarks: Array(values[..<10]), box: Array(values[10...]))
  }
}
