/// Always the first learning rate.
package struct ConstantSchedule: LearningRateSchedule, Hashable {
  package init() {}

  package func factor(at step: Int) -> Double { 1 }
}
