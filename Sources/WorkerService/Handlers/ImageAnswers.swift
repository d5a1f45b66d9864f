internal import Protocol

/// One image or many: answers a single image with its result, many with an event each and a closing count, which names
/// the models.
enum ImageAnswers {
  static func answer(
    _ context: RequestContext, _ models: ModelsUsed, _ one: (InputAttachment) throws -> ImageFaces
  ) throws -> ImageAnswer {
    if context.attachments.count == 1, let only = context.attachments.first {
      return .one(try one(only))
    }
    var counts = ImageCounts(images: context.attachments.count, succeeded: 0, failed: 0, faceCount: 0, models: models)
    for attachment in context.attachments {
      try context.checkpoint()
      do {
        let faces = try one(attachment)
        counts.succeeded += 1
        counts.faceCount += faces.faces.count
        try context.emit(
          ImageEvent(
            index: attachment.index, name: attachment.name, image: faces.image, faces: faces.faces, media: faces.media))
      } catch {
        let wire = ErrorMapping.wireError(for: error)
        // These end the whole request; anything else is this image's own fault.
        if wire.code == .cancelled || wire.code == .deadlineExceeded { throw wire }
        counts.failed += 1
        try context.emit(ImageEvent(index: attachment.index, name: attachment.name, error: wire))
      }
    }
    return .many(counts)
  }
}
