internal import Glibc
package import Tensors

/// A function of one number that has no attributes.
///
/// Input and output: any shape. Reference: the ONNX operator of each function's name.
package struct MathFunction: ElementwiseOperation, DifferentiableOperation {
  package static let name = "MathFunction"

  package enum Function: Sendable, CaseIterable {
    case abs, acos, acosh, asin, asinh, atan, atanh, ceil, cos, cosh, erf, exp, floor, log, mish, negate, not
    case reciprocal, round, sign, sin, sinh, softplus, softsign, sqrt, tan
  }

  package var function: Function

  package init(_ function: Function) {
    self.function = function
  }

  package func apply(_ values: UnsafeMutableBufferPointer<Float>) {
    switch function {
    case .abs: values.replaceEach { $0.magnitude }
    case .acos: values.replaceEach { acosf($0) }
    case .acosh: values.replaceEach { acoshf($0) }
    case .asin: values.replaceEach { asinf($0) }
    case .asinh: values.replaceEach { asinhf($0) }
    case .atan: values.replaceEach { atanf($0) }
    case .atanh: values.replaceEach { atanhf($0) }
    case .ceil: values.replaceEach { $0.rounded(.up) }
    case .cos: values.replaceEach { cosf($0) }
    case .cosh: values.replaceEach { coshf($0) }
    case .erf: values.replaceEach { erff($0) }
    case .exp: values.replaceEach { expf($0) }
    case .floor: values.replaceEach { $0.rounded(.down) }
    case .log: values.replaceEach { logf($0) }
    case .mish: values.replaceEach { $0 * tanhf(Self.softplus($0)) }
    case .negate: values.replaceEach { -$0 }
    case .not: values.replaceEach { $0 == 0 ? 1 : 0 }
    case .reciprocal: values.replaceEach { 1 / $0 }
    case .round: values.replaceEach { $0.rounded(.toNearestOrEven) }
    case .sign: values.replaceEach { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }
    case .sin: values.replaceEach { sinf($0) }
    case .sinh: values.replaceEach { sinhf($0) }
    case .softplus: values.replaceEach { Self.softplus($0) }
    case .softsign: values.replaceEach { $0 / (1 + $0.magnitude) }
    case .sqrt: values.replaceEach { $0.squareRoot() }
    case .tan: values.replaceEach { tanf($0) }
    }
  }

  /// `log(1 + exp(x))` without overflow.
  private static func softplus(_ x: Float) -> Float {
    x > 0 ? x + log1pf(expf(-x)) : log1pf(expf(x))
  }

  /// Where a function has a corner or a jump, the derivative there is taken as zero, and so is that of steps everywhere.
  package func backward(inputs: [Tensor], outputs: [Tensor], gradients: [Tensor]) throws(GraphError) -> [Tensor?] {
    elementwiseGradient(inputs, outputs, gradients) { x, y in
      switch function {
      case .abs: x > 0 ? 1 : x < 0 ? -1 : 0
      case .acos: -1 / (1 - x * x).squareRoot()
      case .acosh: 1 / (x * x - 1).squareRoot()
      case .asin: 1 / (1 - x * x).squareRoot()
      case .asinh: 1 / (x * x + 1).squareRoot()
      case .atan: 1 / (1 + x * x)
      case .atanh: 1 / (1 - x * x)
      case .ceil, .floor, .not, .round, .sign: 0
      case .cos: -sinf(x)
      case .cosh: sinhf(x)
      case .erf: Float(2 / Double.pi.squareRoot()) * expf(-x * x)
      case .exp: y
      case .log: 1 / x
      case .mish: Self.mishDerivative(x)
      case .negate: -1
      case .reciprocal: -y * y
      case .sin: cosf(x)
      case .sinh: coshf(x)
      case .softplus: 1 / (1 + expf(-x))
      case .softsign: 1 / ((1 + x.magnitude) * (1 + x.magnitude))
      case .sqrt: 0.5 / y
      case .tan: 1 + y * y
      }
    }
  }

  private static func mishDerivative(_ x: Float) -> Float {
    let tangent = tanhf(softplus(x))
    return tangent + x * (1 - tangent * tangent) / (1 + expf(-x))
  }
}
