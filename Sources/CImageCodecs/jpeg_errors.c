#include "jpeg_errors.h"

#include <jerror.h>
#include <string.h>

static fic_status status_of(int code) {
  switch (code) {
  case JERR_OUT_OF_MEMORY:
    return FIC_OUT_OF_MEMORY;
  case JERR_NO_BACKING_STORE:
  case JERR_IMAGE_TOO_BIG:
  case JERR_WIDTH_OVERFLOW:
    return FIC_TOO_LARGE;
  case JERR_ARITH_NOTIMPL:
  case JERR_BAD_PRECISION:
  case JERR_CCIR601_NOTIMPL:
  case JERR_CONVERSION_NOTIMPL:
  case JERR_FRACT_SAMPLE_NOTIMPL:
  case JERR_NOT_COMPILED:
  case JERR_SOF_UNSUPPORTED:
    return FIC_UNSUPPORTED;
  default:
    return FIC_DAMAGED;
  }
}

// Whether a warning means that pixels were lost. The others (extraneous bytes before a marker, odd JFIF or Adobe
// versions, odd scan parameters) leave the picture whole.
static int loses_pixels(int code) {
  return code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE || code == JWRN_ARITH_BAD_CODE ||
         code == JWRN_MUST_RESYNC;
}

static void stop(j_common_ptr cinfo, fic_status status) {
  fic_jpeg_errors *errors = (fic_jpeg_errors *)cinfo->err;
  char text[JMSG_LENGTH_MAX];
  cinfo->err->format_message(cinfo, text);
  if (errors->hit_end && status == FIC_DAMAGED) {
    status = FIC_TRUNCATED;
  }
  fic_jpeg_fail(errors, status, text);
}

static void on_error(j_common_ptr cinfo) { stop(cinfo, status_of(cinfo->err->msg_code)); }

static void on_message(j_common_ptr cinfo, int level) {
  if (level < 0 && loses_pixels(cinfo->err->msg_code)) {
    stop(cinfo, FIC_DAMAGED);
  }
}

static void on_output(j_common_ptr cinfo) { (void)cinfo; }

struct jpeg_error_mgr *fic_jpeg_errors_init(fic_jpeg_errors *errors, fic_message *message) {
  memset(errors, 0, sizeof *errors);
  struct jpeg_error_mgr *base = jpeg_std_error(&errors->base);
  base->error_exit = on_error;
  base->emit_message = on_message;
  base->output_message = on_output;
  errors->message = message;
  message->text[0] = 0;
  return base;
}

void fic_jpeg_fail(fic_jpeg_errors *errors, fic_status status, const char *text) {
  errors->status = status;
  snprintf(errors->message->text, sizeof errors->message->text, "%s", text);
  longjmp(errors->jump, 1);
}
