#ifndef FIC_JPEG_ERRORS_H
#define FIC_JPEG_ERRORS_H

// jpeglib.h needs FILE and size_t declared before it.
#include <setjmp.h>
#include <stdio.h>

#include <jpeglib.h>

#include "CImageCodecs.h"

// libjpeg's error manager with a way out: the first error, or the first warning that means lost pixels, jumps to `jump`.
typedef struct fic_jpeg_errors {
  struct jpeg_error_mgr base;
  jmp_buf jump;
  fic_status status;
  fic_message *message;
  // The reader asked for bytes after the last one.
  int hit_end;
} fic_jpeg_errors;

// Sets up `errors` and returns what belongs into `cinfo.err`.
struct jpeg_error_mgr *fic_jpeg_errors_init(fic_jpeg_errors *errors, fic_message *message);

// Records a failure of our own and jumps. Does not return.
void fic_jpeg_fail(fic_jpeg_errors *errors, fic_status status, const char *text);

#endif
