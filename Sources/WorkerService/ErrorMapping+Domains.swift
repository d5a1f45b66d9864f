internal import FaceModels
internal import GalleryStore
internal import Images
internal import Networks
package import Protocol

extension ImageError: WireErrorConvertible {
  package var wireError: WireError {
    switch code {
    case .undecodable: WireError(.imageUndecodable, message)
    case .tooLarge: WireError(.imageTooLarge, message)
    case .unsupported: WireError(.imageUnsupported, message)
    case .badGeometry: WireError(.badParams, message)
    case .outOfMemory: WireError(.outOfMemory, message)
    case .encodingFailed: WireError(.internal, message)
    }
  }
}

extension GalleryError: WireErrorConvertible {
  package var wireError: WireError {
    var details: [String: JSONValue] = [:]
    if let subject { details["subject"] = .string(subject) }
    if let askedModel {
      details["activeModel"] = .string(askedModel)
      details["galleryModels"] = .array(
        galleryModels.map { found in
          [
            "id": .string(found.model.id), "sha256": .string(found.model.sha256),
            "templates": .integer(Int64(found.templates)),
          ]
        })
    }
    switch code {
    case .subjectNotFound: return WireError(.subjectNotFound, message, details: details)
    case .subjectExists: return WireError(.subjectExists, message, details: details)
    case .modelMismatch: return WireError(.modelMismatch, message, details: details)
    case .badValue, .keyReused: return WireError(.badParams, message, details: details)
    case .storageFailed, .corrupt:
      let text = underlying.map { "\(message) (\($0))" } ?? message
      return WireError(
        .storageFailed, text, retry: isTransient ? .later : .never, retryAfterMs: isTransient ? 1000 : nil)
    }
  }
}

extension ModelError: WireErrorConvertible {
  package var wireError: WireError {
    var details: [String: JSONValue] = [:]
    if let field { details["field"] = .string(field) }
    if !missing.isEmpty { details["missing"] = .array(missing.map { .string($0) }) }
    switch code {
    case .notFound: return WireError(.modelNotFound, message, details: details)
    case .invalid: return WireError(.modelInvalid, message, details: details)
    }
  }
}

extension GraphError: WireErrorConvertible {
  package var wireError: WireError { WireError(.internal, message) }
}
