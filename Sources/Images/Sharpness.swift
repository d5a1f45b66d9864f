/// Measures of how much fine detail a picture holds.
package enum Sharpness {
  /// The variance of the Laplacian: low for blurred pictures. It grows with contrast and depends on the size of what is
  /// shown, so compare planes that show a face at one size only.
  ///
  /// The kernel is `0 1 0; 1 -4 1; 0 1 0` and the rim is mirrored without repeating it, as OpenCV's `Laplacian` does.
  /// Source: Pech-Pacheco and others, "Diatom autofocusing in brightfield microscopy", ICPR 2000.
  package static func laplacianVariance(_ plane: GrayPlane) -> Double {
    var sum = 0
    var squares = 0
    plane.values.withUnsafeBufferPointer { values in
      for y in 0..<plane.height {
        let above = mirrored(y - 1, plane.height) * plane.width
        let below = mirrored(y + 1, plane.height) * plane.width
        let row = y * plane.width
        for x in 0..<plane.width {
          let beside =
            Int(values[row + mirrored(x - 1, plane.width)]) + Int(values[row + mirrored(x + 1, plane.width)])
          let value = beside + Int(values[above + x]) + Int(values[below + x]) - 4 * Int(values[row + x])
          sum += value
          squares += value * value
        }
      }
    }
    let count = Double(plane.values.count)
    let mean = Double(sum) / count
    return Double(squares) / count - mean * mean
  }

  /// An index one step outside of `0..<count` brought back inside.
  private static func mirrored(_ index: Int, _ count: Int) -> Int {
    if count == 1 { return 0 }
    if index < 0 { return 1 }
    return index < count ? index : count - 2
  }
}
