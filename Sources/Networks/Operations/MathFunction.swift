internal import Glibc

/// A function of one number that has no attributes.
///
/// Input and output: any shape. Reference: the ONNX operator of each function's name.
package struct MathFunction: ElementwiseOperation {
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
}
