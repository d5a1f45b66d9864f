extension Image {
  /// The picture at another size by linear interpolation between the four nearest pixel centers, also when it shrinks:
  /// bit for bit what OpenCV's `resize` with `INTER_LINEAR` gives for 8-bit pixels, which networks are trained on.
  ///
  /// For good looks see ``resized(width:height:)``. Complexity: proportional to the result's pixels; memory beyond the
  /// result is two rows. Reference: OpenCV, 11-bit weights, half-pixel centers.
  package func resizedBilinearly(width: Int, height: Int) -> Image {
    precondition(width > 0 && height > 0, "[resizedBilinearly] \(width)x\(height)")
    if width == self.width && height == self.height { return self }
    let columns = LinearTaps(from: self.width, to: width, zeroesBeyondEdges: true)
    let rows = LinearTaps(from: self.height, to: height, zeroesBeyondEdges: false)
    let length = width * 3
    let result = [UInt8](unsafeUninitializedCapacity: length * height) { output, count in
      count = length * height
      withUnsafeTemporaryAllocation(of: Int32.self, capacity: 2 * length) { lines in
        pixels.withUnsafeBufferPointer { source in
          guard let source = source.baseAddress, let lines = lines.baseAddress, let output = output.baseAddress else {
            return
          }
          var cached = [-1, -1]
          func line(_ row: Int, keeping other: Int) -> UnsafePointer<Int32> {
            if let slot = cached.firstIndex(of: row) { return UnsafePointer(lines + slot * length) }
            let slot = cached[0] == other ? 1 : 0
            cached[slot] = row
            columns.filter(source + row * self.width * 3, into: lines + slot * length)
            return UnsafePointer(lines + slot * length)
          }
          for y in 0..<height {
            let (first, second) = (rows.first[y], rows.second[y])
            let upper = line(first, keeping: second)
            let lower = line(second, keeping: first)
            Self.blend(
              upper, rows.firstWeight[y], lower, rows.secondWeight[y], into: output + y * length, count: length)
          }
        }
      }
    }
    return Image(width: width, height: height, pixels: result)
  }

  /// One row of the result from two rows of sums scaled by 2048; no sum can leave 32 bits.
  private static func blend(
    _ upper: UnsafePointer<Int32>, _ upperWeight: Int32, _ lower: UnsafePointer<Int32>, _ lowerWeight: Int32,
    into output: UnsafeMutablePointer<UInt8>, count: Int
  ) {
    for i in 0..<count {
      let top = ((upper[i] &>> 4) &* upperWeight) &>> 16
      let bottom = ((lower[i] &>> 4) &* lowerWeight) &>> 16
      output[i] = UInt8(truncatingIfNeeded: (top &+ bottom &+ 2) &>> 2)
    }
  }
}

/// The two old samples that make up each new one along an axis, and their weights in units of 1/2048.
private struct LinearTaps {
  private(set) var first: [Int] = []
  private(set) var second: [Int] = []
  private(set) var firstWeight: [Int32] = []
  private(set) var secondWeight: [Int32] = []

  /// Beyond the outermost centers the edge's sample counts: with all the weight, or, as OpenCV does along columns, with
  /// the weight split over it twice, which rounds differently.
  init(from old: Int, to new: Int, zeroesBeyondEdges: Bool) {
    let ratio = Double(old) / Double(new)
    for index in 0..<new {
      let center = Float((Double(index) + 0.5) * ratio - 0.5)
      let whole = center.rounded(.down)
      var fraction = center - whole
      let sample = Int(whole)
      if zeroesBeyondEdges, sample < 0 || sample >= old - 1 { fraction = 0 }
      first.append(min(max(sample, 0), old - 1))
      second.append(min(max(sample + 1, 0), old - 1))
      firstWeight.append(Int32(((1 - fraction) * 2048).rounded(.toNearestOrEven)))
      secondWeight.append(Int32((fraction * 2048).rounded(.toNearestOrEven)))
    }
  }

  /// One row of RGB pixels, times 2048.
  func filter(_ row: UnsafePointer<UInt8>, into line: UnsafeMutablePointer<Int32>) {
    first.withUnsafeBufferPointer { first in
      second.withUnsafeBufferPointer { second in
        firstWeight.withUnsafeBufferPointer { firstWeight in
          secondWeight.withUnsafeBufferPointer { secondWeight in
            for x in 0..<first.count {
              let (left, right) = (row + 3 * first[x], row + 3 * second[x])
              let (a, b) = (firstWeight[x], secondWeight[x])
              let target = line + 3 * x
              target[0] = Int32(left[0]) &* a &+ Int32(right[0]) &* b
              target[1] = Int32(left[1]) &* a &+ Int32(right[1]) &* b
              target[2] = Int32(left[2]) &* a &+ Int32(right[2]) &* b
            }
          }
        }
      }
    }
  }
}
