import Foundation
import Testing

/// Scores, and what numpy and scikit-learn say of them; made by `Fixtures/make.py`.
struct CurveFixtures: Decodable {
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    var name: String
    var genuine: [Float]
    var impostor: [Float]
    var auc: Double
    var eer: Double
    var held: [String: Double]
    /// False and true positive rate.
    var points: [[Double]]
    var testDescription: String { name }
  }

  var cases: [Case]
  var quantiles: [String: Double]

  static let shared: CurveFixtures? = {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
      "Fixtures/curves.json")
    guard let data = try? Data(contentsOf: file) else { return nil }
    return try? JSONDecoder().decode(CurveFixtures.self, from: data)
  }()

  static let cases = shared?.cases ?? []
}
