internal import Networks
internal import Tensors

/// ONNX `Resize`, opsets 10 to 19: by constant scales or sizes, some or all axes, every coordinate rule. As onnxruntime
/// does, sizes give scales, and a size that does not change is a copy.
enum ResizeImport: OperatorImport {
  static let name = "Resize"

  static func add(_ node: NodeImport) throws(OnnxError) {
    if node.opset < 11 {
      return try UpsampleImport.add(node, scales: try node.floats(1, "list of scales"))
    }
    let x = try node.shape(0)
    guard try node.int("antialias", default: 0) == 0 else { throw node.unsupported("antialias is not known") }
    let axes =
      try node.ints("axes").map { axes throws(OnnxError) in try node.axes(axes, rank: x.rank) }
      ?? Array(0..<x.rank)
    var resized = try lengths(node, x, axes)
    let coordinates = try coordinates(node)
    if coordinates == .tfCropAndResize {
      let region = try node.floats(1, "region")
      guard region.count == 2 * axes.count, region.allSatisfy(\.isFinite) else {
        throw node.invalid("the region \(region) does not fit \(axes.count) axes")
      }
      for index in resized.indices {
        (resized[index].start, resized[index].end) = (region[index], region[axes.count + index])
      }
    }
    // An axis that stays may be longer when the network runs.
    resized = resized.filter {
      $0.length != x[$0.axis] || $0.scale != 1 || (coordinates == .tfCropAndResize && ($0.start != 0 || $0.end != 1))
    }
    let resize = Resize(
      axes: resized, mode: try mode(node), coordinates: coordinates,
      extrapolation: try node.float("extrapolation_value", default: 0))
    try emit(resize, node)
  }

  /// Adds the operation, or nothing where no length changes.
  static func emit(_ resize: Resize, _ node: NodeImport) throws(OnnxError) {
    let x = try node.shape(0)
    if resize.axes.allSatisfy({ $0.length == x[$0.axis] }) { return try node.pass(0, to: 0) }
    if case .nearest = resize.mode, resize.coordinates != .tfCropAndResize { return try node.arrange(resize) }
    try node.setMoved(0, try node.emit(resize, [node.value(0)]), try node.elementType(0))
  }

  /// Output lengths and scales of the axes, from the scales or the sizes.
  private static func lengths(_ node: NodeImport, _ x: Shape, _ axes: [Int]) throws(OnnxError) -> [Resize.Axis] {
    let scales = node.has(2) ? try node.floats(2, "list of scales") : []
    if !scales.isEmpty {
      guard scales.count == axes.count else { throw node.invalid("\(scales.count) scales for \(axes.count) axes") }
      return try axes.indices.map { index throws(OnnxError) in
        try axis(node, axes[index], x[axes[index]], scale: scales[index])
      }
    }
    guard node.has(3) else { throw node.invalid("neither scales nor sizes are given") }
    let sizes = try node.integers(3, "list of sizes")
    guard sizes.count == axes.count, sizes.allSatisfy({ (1...ImportState.maxElements).contains($0) }),
      axes.allSatisfy({ x[$0] > 0 })
    else {
      throw node.invalid("the sizes \(sizes) do not fit \(axes.count) axes of \(x)")
    }
    let ratios = axes.indices.map { Float(sizes[$0]) / Float(x[axes[$0]]) }
    let policy = try node.string("keep_aspect_ratio_policy", default: "stretch")
    guard policy != "stretch" else {
      return axes.indices.map { Resize.Axis(axis: axes[$0], length: sizes[$0], scale: ratios[$0]) }
    }
    guard policy == "not_larger" || policy == "not_smaller",
      let scale = policy == "not_larger" ? ratios.min() : ratios.max()
    else {
      throw node.invalid("the policy \"\(policy)\" does not exist")
    }
    return try axes.map { axis throws(OnnxError) in
      let length = (scale * Float(x[axis])).rounded(.toNearestOrAwayFromZero)
      guard length >= 1, length <= Float(ImportState.maxElements) else {
        throw node.invalid("the sizes \(sizes) leave no pixel of \(x)")
      }
      return Resize.Axis(axis: axis, length: Int(length), scale: scale)
    }
  }

  /// One axis by its scale; the length is rounded down.
  static func axis(_ node: NodeImport, _ axis: Int, _ length: Int, scale: Float) throws(OnnxError) -> Resize.Axis {
    let result = scale * Float(length)
    guard scale > 0, result >= 1, result <= Float(ImportState.maxElements) else {
      throw node.invalid("\(length) elements cannot be scaled by \(scale)")
    }
    return Resize.Axis(axis: axis, length: Int(result), scale: scale)
  }

  private static func coordinates(_ node: NodeImport) throws(OnnxError) -> ResizeCoordinates {
    let name = try node.string("coordinate_transformation_mode", default: "half_pixel")
    guard let coordinates = ResizeCoordinates(rawValue: name) else {
      throw node.unsupported("the coordinate_transformation_mode \"\(name)\"")
    }
    return coordinates
  }

  private static func mode(_ node: NodeImport) throws(OnnxError) -> Resize.Mode {
    switch try node.string("mode", default: "nearest") {
    case "nearest":
      switch try node.string("nearest_mode", default: "round_prefer_floor") {
      case "round_prefer_floor", "": return .nearest(.preferFloor)
      case "round_prefer_ceil": return .nearest(.preferCeil)
      case "floor": return .nearest(.floor)
      case "ceil": return .nearest(.ceil)
      case let other: throw node.invalid("the nearest_mode \"\(other)\" does not exist")
      }
    case "linear": return .linear
    case "cubic":
      return .cubic(
        coefficient: try node.float("cubic_coeff_a", default: -0.75),
        excludesOutside: try node.int("exclude_outside", default: 0) != 0)
    case let other: throw node.unsupported("the mode \"\(other)\"")
    }
  }
}
