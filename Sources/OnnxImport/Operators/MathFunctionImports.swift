internal import Networks

/// ONNX operators that are functions of one number without attributes, all opsets.
protocol MathFunctionImport: ElementwiseImport {
  static var function: MathFunction.Function { get }
}

extension MathFunctionImport {
  static func operation(_ node: NodeImport) throws(OnnxError) -> any ElementwiseOperation { MathFunction(function) }
}

enum AbsImport: MathFunctionImport {
  static let (name, function) = ("Abs", MathFunction.Function.abs)

  static func integer(_ value: Int64) -> Int64? { Int64(exactly: value.magnitude) }
}

enum NegImport: MathFunctionImport {
  static let (name, function) = ("Neg", MathFunction.Function.negate)

  static func integer(_ value: Int64) -> Int64? { value == .min ? nil : -value }
}

enum NotImport: MathFunctionImport {
  static let (name, function) = ("Not", MathFunction.Function.not)

  static func integer(_ value: Int64) -> Int64? { value == 0 ? 1 : 0 }
}

enum SignImport: MathFunctionImport {
  static let (name, function) = ("Sign", MathFunction.Function.sign)

  static func integer(_ value: Int64) -> Int64? { value.signum() }
}

enum AcosImport: MathFunctionImport {
  static let (name, function) = ("Acos", MathFunction.Function.acos)
}

enum AcoshImport: MathFunctionImport {
  static let (name, function) = ("Acosh", MathFunction.Function.acosh)
}

enum AsinImport: MathFunctionImport {
  static let (name, function) = ("Asin", MathFunction.Function.asin)
}

enum AsinhImport: MathFunctionImport {
  static let (name, function) = ("Asinh", MathFunction.Function.asinh)
}

enum AtanImport: MathFunctionImport {
  static let (name, function) = ("Atan", MathFunction.Function.atan)
}

enum AtanhImport: MathFunctionImport {
  static let (name, function) = ("Atanh", MathFunction.Function.atanh)
}

enum CeilImport: MathFunctionImport {
  static let (name, function) = ("Ceil", MathFunction.Function.ceil)
}

enum CosImport: MathFunctionImport {
  static let (name, function) = ("Cos", MathFunction.Function.cos)
}

enum CoshImport: MathFunctionImport {
  static let (name, function) = ("Cosh", MathFunction.Function.cosh)
}

enum ErfImport: MathFunctionImport {
  static let (name, function) = ("Erf", MathFunction.Function.erf)
}

enum ExpImport: MathFunctionImport {
  static let (name, function) = ("Exp", MathFunction.Function.exp)
}

enum FloorImport: MathFunctionImport {
  static let (name, function) = ("Floor", MathFunction.Function.floor)
}

enum LogImport: MathFunctionImport {
  static let (name, function) = ("Log", MathFunction.Function.log)
}

enum MishImport: MathFunctionImport {
  static let (name, function) = ("Mish", MathFunction.Function.mish)
}

enum ReciprocalImport: MathFunctionImport {
  static let (name, function) = ("Reciprocal", MathFunction.Function.reciprocal)
}

enum RoundImport: MathFunctionImport {
  static let (name, function) = ("Round", MathFunction.Function.round)
}

enum SinImport: MathFunctionImport {
  static let (name, function) = ("Sin", MathFunction.Function.sin)
}

enum SinhImport: MathFunctionImport {
  static let (name, function) = ("Sinh", MathFunction.Function.sinh)
}

enum SoftplusImport: MathFunctionImport {
  static let (name, function) = ("Softplus", MathFunction.Function.softplus)
}

enum SoftsignImport: MathFunctionImport {
  static let (name, function) = ("Softsign", MathFunction.Function.softsign)
}

enum SqrtImport: MathFunctionImport {
  static let (name, function) = ("Sqrt", MathFunction.Function.sqrt)
}

enum TanImport: MathFunctionImport {
  static let (name, function) = ("Tan", MathFunction.Function.tan)
}
