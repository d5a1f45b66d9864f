package import Tensors

/// Changes lengths of axes by interpolation, one axis after the other.
///
/// Input: any shape. Output: the given length in each listed axis, all other dimensions as they are. Reference: ONNX
/// `Resize` (opset 19) and `Upsample`, as onnxruntime computes them: a size that does not change is a copy.
package struct Resize: SelectingOperation {
  package static let name = "Resize"

  package enum Mode: Hashable, Sendable {
    case nearest(Rounding)
    case linear
    /// `coefficient` is Keys' a; without the pixels outside when `excludesOutside`, else the border is repeated.
    case cubic(coefficient: Float, excludesOutside: Bool)
  }

  /// Which of the two neighbors is the nearest.
  package enum Rounding: Hashable, Sendable {
    case preferFloor
    case preferCeil
    case floor
    case ceil
    /// As before opset 11: down when it grows, up when it shrinks.
    case legacy
  }

  /// One axis that changes.
  package struct Axis: Hashable, Sendable {
    package var axis: Int
    /// Elements of the output.
    package var length: Int
    /// Output over input length as the file states it; need not be the exact ratio.
    package var scale: Float
    /// The region of `tfCropAndResize`, in units of the axis.
    package var start: Float = 0
    package var end: Float = 1

    package init(axis: Int, length: Int, scale: Float) {
      self.axis = axis
      self.length = length
      self.scale = scale
    }
  }

  package var axes: [Axis]
  package var mode: Mode
  package var coordinates: ResizeCoordinates
  /// What lies outside the input gets this (only with `tfCropAndResize`).
  package var extrapolation: Float

  package init(axes: [Axis], mode: Mode, coordinates: ResizeCoordinates, extrapolation: Float = 0) {
    self.axes = axes
    self.mode = mode
    self.coordinates = coordinates
    self.extrapolation = extrapolation
  }

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 1...1)
    var dimensions = inputs[0].dimensions
    for axis in axes {
      guard dimensions.indices.contains(axis.axis), axis.length > 0, axis.scale > 0, axis.scale.isFinite,
        inputs[0][axis.axis] > 0
      else {
        throw GraphError(.badShape, "[Resize] axis \(axis.axis) of \(inputs[0]) cannot become \(axis.length).")
      }
      dimensions[axis.axis] = axis.length
    }
    return [Shape(dimensions)]
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let x = inputs[0]
    let shape = try outputShapes([x.shape])[0]
    if shape == x.shape { return [x] }
    if let selection = selection(for: x.shape) { return [selection(x)] }
    let tables = axes.map { ResizeTable($0, length: x.shape[$0.axis], mode: mode, coordinates: coordinates) }
    var result = x
    for (axis, table) in zip(axes, tables) where !table.isIdentity { result = table.apply(to: result, axis: axis.axis) }
    guard tables.contains(where: { $0.outside.contains(true) }) else { return [result] }
    var selection = AxisSelection(sources: Array(repeating: nil, count: shape.rank), fill: extrapolation)
    for (axis, table) in zip(axes, tables) {
      selection.sources[axis.axis] = table.outside.indices.map { table.outside[$0] ? -1 : $0 }
    }
    return [selection(result)]
  }

  func selection(for shape: Shape) -> AxisSelection? {
    guard case .nearest = mode else { return nil }
    var selection = AxisSelection(sources: Array(repeating: nil, count: shape.rank), fill: extrapolation)
    for axis in axes {
      let table = ResizeTable(axis, length: shape[axis.axis], mode: mode, coordinates: coordinates)
      selection.sources[axis.axis] = table.indices.indices.map { table.outside[$0] ? -1 : table.indices[$0] }
    }
    return selection
  }

  package func lower(_ node: Node, _ context: LoweringContext) throws(GraphError) -> any PlanStep {
    guard context.isImage(node.inputs[0]) else { return PlainStep(node: node, context: context) }
    if case .nearest = mode {
      return SelectionStep(input: node.inputs[0], output: node.outputs[0], operation: self)
    }
    guard axes.allSatisfy({ $0.axis >= 2 }), coordinates != .tfCropAndResize else {
      return PlainStep(node: node, context: context)
    }
    return InterpolationStep(input: node.inputs[0], output: node.outputs[0], resize: self)
  }
}
