internal import Tensors

/// The indices and weights of one resized axis, computed once a run.
struct ResizeTable {
  /// How many inputs make one output.
  private(set) var taps: Int
  /// `taps` for every output, each inside the input.
  private(set) var indices: [Int] = []
  private(set) var weights: [Float] = []
  /// Outputs that lie outside the input, with `tfCropAndResize`.
  private(set) var outside: [Bool]
  /// Whether the axis stays as it is.
  private(set) var isIdentity: Bool

  init(_ axis: Resize.Axis, length: Int, mode: Resize.Mode, coordinates: ResizeCoordinates) {
    let crops = coordinates == .tfCropAndResize
    isIdentity = axis.length == length && axis.scale == 1 && !crops
    outside = Array(repeating: false, count: axis.length)
    switch mode {
    case .nearest: taps = 1
    case .linear: taps = 2
    case .cubic: taps = 4
    }
    indices.reserveCapacity(axis.length * taps)
    weights.reserveCapacity(axis.length * taps)
    for output in 0..<axis.length {
      // onnxruntime keeps the places of an axis whose scale is one, whatever the rule; a place that is not a number
      // comes from a scale no file has for a reason.
      var place = axis.scale == 1 ? Float(output) : coordinates.original(output, axis, length: length)
      if !place.isFinite { place = 0 }
      // Far outside is as good as just outside, and converts to an integer.
      place = min(max(place, -4), Float(length) + 4)
      outside[output] = crops && (place < 0 || place > Float(length - 1))
      switch mode {
      case .nearest(let rounding): add(Self.nearest(place, rounding, shrinks: axis.scale < 1), 1, length)
      case .linear:
        let inside = min(max(place, 0), Float(length - 1))
        let low = Int(inside)
        add(low, 1 - (inside - Float(low)), length)
        add(low + 1, inside - Float(low), length)
      case .cubic(let coefficient, let excludesOutside):
        addCubic(place, coefficient, excludesOutside, length)
      }
    }
  }

  private mutating func add(_ index: Int, _ weight: Float, _ length: Int) {
    indices.append(min(max(index, 0), length - 1))
    weights.append(weight)
  }

  private static func nearest(_ place: Float, _ rounding: Resize.Rounding, shrinks: Bool) -> Int {
    switch rounding {
    case .preferFloor:
      place == Float(Int(place)) + 0.5 ? Int(place.rounded(.down)) : Int(place.rounded(.toNearestOrAwayFromZero))
    case .preferCeil: Int(place.rounded(.toNearestOrAwayFromZero))
    case .floor: Int(place.rounded(.down))
    case .ceil: Int(place.rounded(.up))
    case .legacy: shrinks ? Int(place.rounded(.up)) : Int(place)
    }
  }

  /// Keys 1981, "Cubic convolution interpolation for digital image processing".
  private mutating func addCubic(_ place: Float, _ a: Float, _ excludesOutside: Bool, _ length: Int) {
    func near(_ d: Float) -> Float { ((a + 2) * d - (a + 3)) * d * d + 1 }
    func far(_ d: Float) -> Float { ((a * d - 5 * a) * d + 8 * a) * d - 4 * a }
    let base = Int(place.rounded(.down))
    let d = place - Float(base)
    var four = [far(d + 1), near(d), near(1 - d), far(2 - d)]
    if excludesOutside {
      for tap in 0..<4 where base - 1 + tap < 0 || base - 1 + tap >= length { four[tap] = 0 }
      let sum = four.reduce(0, +)
      if sum != 0 { for tap in 0..<4 { four[tap] /= sum } }
    }
    for tap in 0..<4 { add(base - 1 + tap, four[tap], length) }
  }

  /// Interpolates along one axis.
  func apply(to x: Tensor, axis: Int) -> Tensor {
    var dimensions = x.shape.dimensions
    let length = dimensions[axis]
    dimensions[axis] = outside.count
    let shape = Shape(dimensions)
    let inner = dimensions.dropFirst(axis + 1).reduce(1, *)
    let outer = dimensions.prefix(axis).reduce(1, *)
    return Tensor(shape: shape) { y in
      x.withUnsafeBuffer { x in
        var to = 0
        for block in 0..<outer {
          let start = block * length * inner
          for output in 0..<outside.count {
            for i in to..<to + inner { y[i] = 0 }
            for tap in output * taps..<(output + 1) * taps {
              let (weight, from) = (weights[tap], start + indices[tap] * inner)
              for i in 0..<inner { y[to + i] += weight * x[from + i] }
            }
            to += inner
          }
        }
      }
    }
  }
}
