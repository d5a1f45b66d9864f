/// How the learning rate changes over a training run.
package protocol LearningRateSchedule: Sendable {
  /// What the first learning rate is multiplied by at a step, which counts from 0.
  func factor(at step: Int) -> Double
}
