internal import FaceModels
internal import GalleryStore
internal import Images

/// Numbers as bytes between worker and trainer: float32, little-endian, back to back.
enum FloatBytes {
  static func encode(_ values: [Float]) -> [UInt8] {
    values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
  }

  /// Bytes after the last whole number are left out.
  static func decode(_ bytes: ArraySlice<UInt8>) -> [Float] {
    bytes.withUnsafeBytes { bytes in
      (0..<bytes.count / 4).map {
        Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self)))
      }
    }
  }
}

/// Where a face lies in its crop, as fourteen numbers: landmarks, then box.
enum CropGeometryNumbers {
  static func numbers(_ geometry: CropGeometry) -> [Float] { geometry.landmarks + geometry.box }

  /// `nil` unless there are fourteen finite numbers.
  static func face(_ numbers: [Float]) -> DetectedFace? {
    guard numbers.count == 14 else { return nil }
    return CropGeometry(landmarks: Array(numbers[..<10]), box: Array(numbers[10...])).map { DetectedFace($0) }
  }
}
