extension Image {
  /// The picture at another size: each side that shrinks is averaged over the area a new pixel covers, each side that
  /// grows is interpolated linearly between pixel centres. Results are rounded.
  ///
  /// Complexity: proportional to the pixels of both pictures; memory beyond the result is two rows.
  package func resized(width: Int, height: Int) -> Image {
    precondition(width > 0 && height > 0, "[resized] \(width)x\(height)")
    if width == self.width && height == self.height { return self }
    let columns = ResampleAxis(from: self.width, to: width)
    let rows = ResampleAxis(from: self.height, to: height)
    let rowLength = width * 3
    var lines = [Float](repeating: 0, count: 2 * rowLength)
    var cached = (-1, -1)
    var sum = [Float](repeating: 0, count: rowLength)
    let result = [UInt8](unsafeUninitializedCapacity: rowLength * height) { output, count in
      pixels.withUnsafeBufferPointer { source in
        lines.withUnsafeMutableBufferPointer { lines in
          sum.withUnsafeMutableBufferPointer { sum in
            for y in 0..<height {
              sum.update(repeating: 0)
              for tap in rows.taps(y) {
                let row = rows.starts[y] + tap - rows.offsets[y]
                let line = UnsafeMutableBufferPointer(
                  rebasing: lines[(row & 1) * rowLength..<((row & 1) + 1) * rowLength])
                if (row & 1 == 0 ? cached.0 : cached.1) != row {
                  let start = row * self.width * 3
                  columns.filter(UnsafeBufferPointer(rebasing: source[start..<start + self.width * 3]), into: line)
                  if row & 1 == 0 { cached.0 = row } else { cached.1 = row }
                }
                let weight = rows.weights[tap]
                for i in 0..<rowLength { sum[i] += weight * line[i] }
              }
              for i in 0..<rowLength { output[y * rowLength + i] = UInt8(min(max(sum[i] + 0.5, 0), 255)) }
            }
          }
        }
      }
      count = rowLength * height
    }
    return Image(width: width, height: height, pixels: result)
  }
}

/// Which old samples make up each new one along one axis, and with what weight.
struct ResampleAxis {
  /// The first old sample of each new one.
  private(set) var starts: [Int] = []
  /// Where each new sample's weights begin in `weights`; one more entry than there are samples.
  private(set) var offsets: [Int] = [0]
  /// The weights of consecutive old samples; those of one new sample add up to 1.
  private(set) var weights: [Float] = []

  init(from old: Int, to new: Int) {
    let ratio = Double(old) / Double(new)
    for index in 0..<new {
      if ratio > 1 { addArea(index, ratio, old) } else { addLinear(index, ratio, old) }
      offsets.append(weights.count)
    }
  }

  /// The entries of `weights` that make up new sample `index`.
  func taps(_ index: Int) -> Range<Int> { offsets[index]..<offsets[index + 1] }

  private mutating func addArea(_ index: Int, _ ratio: Double, _ old: Int) {
    let left = Double(index) * ratio
    let right = min(left + ratio, Double(old))
    let first = min(Int(left), old - 1)
    let last = min(max(Int(right.rounded(.up)), first + 1), old)
    let covered = (first..<last).map { min(right, Double($0 + 1)) - max(left, Double($0)) }
    let total = covered.reduce(0, +)
    starts.append(first)
    weights.append(contentsOf: covered.map { Float($0 / total) })
  }

  private mutating func addLinear(_ index: Int, _ ratio: Double, _ old: Int) {
    let centre = min(max((Double(index) + 0.5) * ratio - 0.5, 0), Double(old - 1))
    let first = min(Int(centre), max(old - 2, 0))
    starts.append(first)
    guard old > 1 else { return weights.append(1) }
    let fraction = Float(centre - Double(first))
    weights.append(contentsOf: [1 - fraction, fraction])
  }

  /// Resamples one row of RGB pixels.
  func filter(_ row: UnsafeBufferPointer<UInt8>, into line: UnsafeMutableBufferPointer<Float>) {
    weights.withUnsafeBufferPointer { weights in
      for x in 0..<starts.count {
        var red: Float = 0
        var green: Float = 0
        var blue: Float = 0
        var sample = starts[x] * 3
        for tap in taps(x) {
          let weight = weights[tap]
          red += weight * Float(row[sample])
          green += weight * Float(row[sample + 1])
          blue += weight * Float(row[sample + 2])
          sample += 3
        }
        line[3 * x] = red
        line[3 * x + 1] = green
        line[3 * x + 2] = blue
      }
    }
  }
}
