package import FaceModels
package import Images
package import Tensors

extension NetworkEmbedder.Preprocessing {
  /// Crops of one size as network input.
  ///
  /// Shape: N x 3 x height x width.
  package func tensor(_ crops: [Image]) -> Tensor {
    let (width, height) = (crops.first?.width ?? 1, crops.first?.height ?? 1)
    let plane = width * height
    // Where red, green and blue go.
    let places = blueFirst ? [2, 1, 0] : [0, 1, 2]
    return Tensor(shape: [crops.count, 3, height, width]) { values in
      values.initialize(repeating: 0)
      for (slot, crop) in crops.enumerated() where crop.width == width && crop.height == height {
        for channel in 0..<3 {
          let start = (slot * 3 + places[channel]) * plane
          let (mean, scale) = (mean[channel], scale[channel])
          crop.pixels.withUnsafeBufferPointer { pixels in
            for index in 0..<plane { values[start + index] = (Float(pixels[index * 3 + channel]) - mean) * scale }
          }
        }
      }
    }
  }
}
