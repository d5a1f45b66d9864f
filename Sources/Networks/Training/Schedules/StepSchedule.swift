internal import Glibc

/// Multiplied by ``decay`` every ``interval`` steps.
///
/// Reference: PyTorch `StepLR`.
package struct StepSchedule: LearningRateSchedule, Hashable {
  /// 1 or more.
  package var interval: Int
  package var decay: Double

  package init(interval: Int, decay: Double = 0.1) {
    self.interval = interval
    self.decay = decay
  }

  package func factor(at step: Int) -> Double { pow(decay, Double(max(step, 0) / max(interval, 1))) }
}
