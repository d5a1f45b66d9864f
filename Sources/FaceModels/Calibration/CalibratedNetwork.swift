package import Images
package import Networks
internal import Tensors

/// A network whose values' ranges can be measured on real images, for running it in bytes.
package protocol CalibratedNetwork: Sendable {
  /// Measures on images as the network gets them: whole photos for a detector, aligned crops for a recognizer.
  ///
  /// - Throws: ``ModelError``, ``GraphError`` `unsupported` for too few images, what `checkpoint` throws.
  func calibrate(_ images: [Image], pool: WorkPool, checkpoint: () throws -> Void) throws -> RangeCalibration
}

extension RecognizerNetwork: CalibratedNetwork {
  package func calibrate(
    _ images: [Image], pool: WorkPool, checkpoint: () throws -> Void
  ) throws -> RangeCalibration {
    for crop in images where crop.width != alignment.width || crop.height != alignment.height {
      throw ModelError(.invalid, "A crop of \(crop.width)x\(crop.height) does not fit this recognizer.")
    }
    let source = RangeCalibration.Source(count: images.count, shape: [1, 3, alignment.height, alignment.width]) {
      preprocessing.write(images[$0], to: $1, 0)
    }
    return try RangeCalibration(graph, source, pool: pool, checkpoint: checkpoint)
  }
}

extension SingleShotDetector: CalibratedNetwork {
  /// The size photos are fitted into where the network takes any.
  private static let calibratedSide = 640

  func calibrate(
    _ images: [Image], pool: WorkPool, checkpoint: () throws -> Void
  ) throws -> RangeCalibration {
    let width = network.fixedWidth ?? Self.calibratedSide
    let height = network.fixedHeight ?? Self.calibratedSide
    let shape: Shape = [1, 3, height, width]
    let source = RangeCalibration.Source(count: images.count, shape: shape) { index, input in
      let image = images[index]
      let letterbox = Letterbox(
        .fixed(width: width, height: height, small: .kept), imageWidth: image.width, imageHeight: image.height,
        exactScale: false)
      self.fill(
        input, with: image.resizedBilinearly(width: letterbox.coveredWidth, height: letterbox.coveredHeight))
    }
    return try RangeCalibration(try network.graph(for: shape), source, pool: pool, checkpoint: checkpoint)
  }
}
