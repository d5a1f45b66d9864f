internal import Networks
internal import Tensors

/// How whole numbers stand for values: `(number - zero point) * scale`. Read from two inputs of a node.
struct Quantization {
  /// One, or one for each index of an axis.
  let scales: [Float]
  /// One, or as many as ``scales``.
  let zeroPoints: [Float]
  let type: OnnxElementType

  /// Whether one scale and one zero point serve all values.
  var isUniform: Bool { scales.count == 1 && zeroPoints.count == 1 }
  var scale: Float { scales[0] }
  var zeroPoint: Float { zeroPoints[0] }

  /// From `scale` to values and back, for a uniform quantization.
  var dequantize: Dequantize { Dequantize(scale: scale, zeroPoint: zeroPoint) }

  /// From values; throws `unsupported` for a type that nothing is quantized to.
  func quantize(_ node: NodeImport) throws(OnnxError) -> Quantize {
    Quantize(scale: scale, zeroPoint: zeroPoint, range: try node.range(of: type))
  }
}

extension NodeImport {
  /// Scale and zero point from two inputs that have to be constants. A zero point that is left out is 0.
  func quantization(
    scale: Int, zeroPoint: Int, defaultType: OnnxElementType = .uint8
  ) throws(OnnxError) -> Quantization {
    let scales = try constant(scale, "scale")
    guard scales.shape.rank <= 1, scales.shape.count >= 1 else {
      throw unsupported("its scale is \(scales.shape); one, or one for each index of an axis, is supported")
    }
    guard has(zeroPoint) else {
      return Quantization(scales: try scales.floats().values, zeroPoints: [0], type: defaultType)
    }
    let zeros = try constant(zeroPoint, "zero point")
    guard zeros.elementType.isInteger else { throw unsupported("its zero point is \(zeros.elementType)") }
    let values = try zeros.floats().values
    guard zeros.shape.rank <= 1, values.count == 1 || values.count == scales.shape.count else {
      throw invalid("zero points of \(zeros.shape) do not fit scales of \(scales.shape)")
    }
    return Quantization(scales: try scales.floats().values, zeroPoints: values, type: zeros.elementType)
  }

  /// The same where one scale and one zero point have to serve all values.
  func uniformQuantization(
    scale: Int, zeroPoint: Int, defaultType: OnnxElementType = .uint8
  ) throws(OnnxError) -> Quantization {
    let quantization = try quantization(scale: scale, zeroPoint: zeroPoint, defaultType: defaultType)
    guard quantization.isUniform else { throw unsupported("input \(scale) has more than one scale") }
    return quantization
  }

  /// The numbers a type holds.
  func range(of type: OnnxElementType) throws(OnnxError) -> ClosedRange<Float> {
    switch type {
    case .uint8: 0...255
    case .int8: -128...127
    case .uint16: 0...65535
    case .int16: -32768...32767
    default: throw unsupported("values quantized to \(type)")
    }
  }

  /// The values that an input of whole numbers stands for, by the two inputs after it.
  func dequantized(_ index: Int) throws(OnnxError) -> ValueID {
    let quantization = try uniformQuantization(scale: index + 1, zeroPoint: index + 2)
    return try emit(quantization.dequantize, [value(index)])
  }

  /// Sets the output to values as whole numbers, by a scale and a zero point that are inputs.
  func outputQuantized(_ value: ValueID, scale: Int, zeroPoint: Int) throws(OnnxError) {
    let type = try elementType(0)
    let quantization = try uniformQuantization(
      scale: scale, zeroPoint: zeroPoint, defaultType: type.isInteger ? type : .uint8)
    try setOutput(0, emit(quantization.quantize(self), [value]), type: quantization.type)
  }

  /// A tensor's values, one for each index of an axis, in a shape that broadcasts there.
  func alongAxis(_ values: [Float], axis: Int, rank: Int) -> Tensor {
    guard values.count > 1 else { return Tensor(shape: [], values: values) }
    return Tensor(shape: Shape((0..<rank).map { $0 == axis ? values.count : 1 }), values: values)
  }

  /// An input of whole numbers less its zero points (one, or one for each index of `axis`): at most 255 in magnitude.
  ///
  /// Zero points that depend on the picture have to be one number.
  func lessZeroPoint(_ index: Int, zeroPoint: Int, axis: Int) throws(OnnxError) -> ValueID {
    guard [.uint8, .int8].contains(try elementType(index)) else {
      throw unsupported("input \(index) is \(try elementType(index)), not of 8 bits")
    }
    guard has(zeroPoint) else { return try value(index) }
    let shape = try shape(index)
    guard let zeros = constantIfKnown(zeroPoint) else {
      guard try self.shape(zeroPoint).count == 1 else { throw unsupported("more than one computed zero point") }
      return try emit(Subtract(), [value(index), value(zeroPoint)])
    }
    let values = try zeros.floats().values
    guard values.count == 1 || (axis < shape.rank && values.count == shape[axis]) else {
      throw invalid("zero points of \(zeros.shape) do not fit \(shape)")
    }
    if values.allSatisfy({ $0 == 0 }) { return try value(index) }
    if let constant = constantIfKnown(index) {
      let key = "\(node.inputs[index]) less \(node.inputs[zeroPoint])"
      return try state.derivedParameter(key, count: shape.count) { () throws(OnnxError) in
        try computed(Subtract(), [constant.floats(), alongAxis(values, axis: axis, rank: shape.rank)])
      }
    }
    if values.count == 1 { return try emit(Dequantize(scale: 1, zeroPoint: values[0]), [value(index)]) }
    return try emit(Subtract(), [value(index), parameter(alongAxis(values, axis: axis, rank: shape.rank))])
  }

  /// The result of an operation on constants, computed now.
  func computed(_ operation: any Operation, _ inputs: [Tensor]) throws(OnnxError) -> Tensor {
    do {
      _ = try operation.outputShapes(inputs.map(\.shape))
      return try operation.forward(inputs)[0]
    } catch {
      throw invalid(error.message)
    }
  }

  /// Sums of products become whole numbers of the output's type: each times its multiplier (one, or one for each index of
  /// `axis`), rounded, plus the zero point.
  func outputRequantized(
    _ sums: ValueID, multipliers: [Float], axis: Int, to output: Quantization
  ) throws(OnnxError) {
    var value = sums
    if multipliers.count == 1 {
      value = try emit(Dequantize(scale: multipliers[0], zeroPoint: 0), [sums])
    } else {
      // Not an affine: folded into the weights it would no longer be exact.
      let factors = alongAxis(multipliers, axis: axis, rank: state.shape(sums).rank)
      value = try emit(Multiply(), [sums, parameter(factors)])
    }
    let quantize = Quantize(scale: 1, zeroPoint: output.zeroPoint, range: try range(of: output.type))
    try setOutput(0, emit(quantize, [value]), type: output.type)
  }
}
