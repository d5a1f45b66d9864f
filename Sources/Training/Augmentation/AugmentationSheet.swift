package import FaceModels
package import Images

/// A picture of what augmentation does: each row a sample, as the recognizer sees it in the first column and as it is
/// drawn in epochs 1, 2, 3... beside.
package enum AugmentationSheet {
  package static let mostRows = 16
  package static let mostDraws = 12
  private static let gap = 4

  /// The sheet of the first ``mostRows`` usable samples; `nil` when none is usable.
  package static func make(
    _ samples: [SampleImage], pipeline: AugmentationPipeline, alignment: Alignment, draws: Int = 9
  ) -> Image? {
    let draws = min(max(draws, 0), mostDraws)
    var rows: [[Image]] = []
    for sample in samples where rows.count < mostRows {
      guard let original = alignment.crop(sample.face, from: sample.image) else { continue }
      let drawn = (0..<draws).compactMap { pipeline.draw(sample, alignment: alignment, epoch: $0 + 1) }
      rows.append([original] + drawn)
    }
    guard !rows.isEmpty else { return nil }
    return grid(rows, cellWidth: alignment.width, cellHeight: alignment.height)
  }

  private static func grid(_ rows: [[Image]], cellWidth: Int, cellHeight: Int) -> Image {
    let columns = rows.map(\.count).max() ?? 1
    // The first column stands apart.
    let width = columns * (cellWidth + gap) + 2 * gap
    let height = rows.count * (cellHeight + gap) + gap
    var pixels = [UInt8](repeating: 255, count: width * height * 3)
    for (row, images) in rows.enumerated() {
      for (column, image) in images.enumerated() where image.width == cellWidth && image.height == cellHeight {
        let left = gap + column * (cellWidth + gap) + (column > 0 ? gap : 0)
        let top = gap + row * (cellHeight + gap)
        for line in 0..<cellHeight where (left + cellWidth) <= width {
          let start = ((top + line) * width + left) * 3
          pixels.replaceSubrange(
            start..<start + cellWidth * 3, with: image.pixels[line * cellWidth * 3..<(line + 1) * cellWidth * 3])
        }
      }
    }
    return Image(width: width, height: height, pixels: pixels)
  }
}
