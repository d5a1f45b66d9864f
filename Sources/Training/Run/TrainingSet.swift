package import Decisions
package import FaceModels

/// One face with what is kept of it: a crop, an embedding, or both.
package struct TrainingSample: Sendable {
  /// The template it belongs to.
  package let id: Int64
  /// The gallery's kept crop as it is stored: an encoded image, 224 pixels a side or smaller. Without one the face takes
  /// no part in augmentation, nor in training a network.
  package let crop: [UInt8]?
  /// Where the face lies; needed with a crop. Units: pixels of the crop.
  package let face: DetectedFace?
  /// The stored embedding under the recognizer being trained on; saves embedding the crop again.
  package let embedding: [Float]?

  package init(id: Int64, crop: [UInt8]?, face: DetectedFace?, embedding: [Float]? = nil) {
    self.id = id
    self.crop = crop
    self.face = face
    self.embedding = embedding
  }
}

/// A person to learn.
package struct TrainingSubject: Sendable {
  /// The gallery's number of the subject: stable over renames, never used again.
  package let number: Int64
  package let samples: [TrainingSample]

  package init(number: Int64, samples: [TrainingSample]) {
    self.number = number
    self.samples = samples
  }
}

/// Everything a training job learns from.
package struct TrainingSet: Sendable {
  package let subjects: [TrainingSubject]
  /// Crops of people who are nobody's subject: the reserved subject `unknown`.
  package let negatives: [TrainingSample]
  /// The head in use, which is trained further and which the new one must not fall behind.
  package let previousHead: SoftmaxHead?

  package init(subjects: [TrainingSubject], negatives: [TrainingSample] = [], previousHead: SoftmaxHead? = nil) {
    self.subjects = subjects
    self.negatives = negatives
    self.previousHead = previousHead
  }
}
