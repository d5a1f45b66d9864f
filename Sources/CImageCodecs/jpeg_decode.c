#include "jpeg_errors.h"

#include <string.h>

static const JOCTET end_of_image[2] = {0xFF, JPEG_EOI};

// Everything one decode owns. It lives in one struct, so that nothing depends on what longjmp does to locals.
typedef struct decoder {
  struct jpeg_decompress_struct cinfo;
  struct jpeg_source_mgr source;
  struct jpeg_progress_mgr progress;
  fic_jpeg_errors errors;
  int max_scans;
} decoder;

static void source_nothing(j_decompress_ptr cinfo) { (void)cinfo; }

// Past the end the reader gets an end-of-image marker for ever, as libjpeg's own readers do.
static boolean source_fill(j_decompress_ptr cinfo) {
  ((fic_jpeg_errors *)cinfo->err)->hit_end = 1;
  cinfo->src->next_input_byte = end_of_image;
  cinfo->src->bytes_in_buffer = sizeof end_of_image;
  return TRUE;
}

static void source_skip(j_decompress_ptr cinfo, long count) {
  struct jpeg_source_mgr *source = cinfo->src;
  if (count <= 0) {
    return;
  }
  if ((size_t)count > source->bytes_in_buffer) {
    source_fill(cinfo);
    return;
  }
  source->next_input_byte += count;
  source->bytes_in_buffer -= (size_t)count;
}

static void limit_scans(j_common_ptr common) {
  j_decompress_ptr cinfo = (j_decompress_ptr)common;
  const decoder *self = (const decoder *)cinfo->client_data;
  if (cinfo->input_scan_number > self->max_scans) {
    fic_jpeg_fail((fic_jpeg_errors *)cinfo->err, FIC_TOO_LARGE, "too many progressive scans for a picture of this size");
  }
}

static void start(decoder *self, const uint8_t *bytes, size_t count) {
  j_decompress_ptr cinfo = &self->cinfo;
  jpeg_create_decompress(cinfo);
  self->source.init_source = source_nothing;
  self->source.fill_input_buffer = source_fill;
  self->source.skip_input_data = source_skip;
  self->source.resync_to_restart = jpeg_resync_to_restart;
  self->source.term_source = source_nothing;
  self->source.next_input_byte = bytes;
  self->source.bytes_in_buffer = count;
  cinfo->src = &self->source;
  cinfo->client_data = self;
  jpeg_read_header(cinfo, TRUE);
}

fic_status fic_jpeg_header(const uint8_t *bytes, size_t count, fic_jpeg_info *info, fic_message *message) {
  decoder self;
  memset(&self, 0, sizeof self);
  self.cinfo.err = fic_jpeg_errors_init(&self.errors, message);
  if (setjmp(self.errors.jump)) {
    jpeg_destroy_decompress(&self.cinfo);
    return self.errors.status;
  }
  start(&self, bytes, count);
  info->width = self.cinfo.image_width;
  info->height = self.cinfo.image_height;
  info->components = self.cinfo.num_components;
  jpeg_destroy_decompress(&self.cinfo);
  return FIC_OK;
}

// Four-component JPEGs hold inverted ink (255 = none), as Adobe writes them and as browsers, OpenCV and Pillow read
// them: red = cyan * black / 255, rounded.
static void rgb_from_inverted_cmyk(const JSAMPLE *cmyk, uint32_t width, uint8_t *rgb) {
  for (uint32_t x = 0; x < width; x++) {
    const unsigned black = cmyk[4 * (size_t)x + 3];
    for (size_t c = 0; c < 3; c++) {
      const unsigned product = cmyk[4 * (size_t)x + c] * black + 128;
      rgb[3 * (size_t)x + c] = (uint8_t)((product + (product >> 8)) >> 8);
    }
  }
}

static void read_rows(decoder *self, uint8_t *rgb) {
  j_decompress_ptr cinfo = &self->cinfo;
  const size_t stride = (size_t)cinfo->output_width * 3;
  JSAMPARRAY ink = NULL;
  if (cinfo->out_color_space == JCS_CMYK) {
    ink = cinfo->mem->alloc_sarray((j_common_ptr)cinfo, JPOOL_IMAGE, cinfo->output_width * 4, 1);
  }
  while (cinfo->output_scanline < cinfo->output_height) {
    uint8_t *row = rgb + stride * cinfo->output_scanline;
    if (ink != NULL) {
      if (jpeg_read_scanlines(cinfo, ink, 1) == 1) {
        rgb_from_inverted_cmyk(ink[0], cinfo->output_width, row);
      }
    } else {
      JSAMPROW rows[1] = {row};
      jpeg_read_scanlines(cinfo, rows, 1);
    }
  }
}

fic_status fic_jpeg_decode(
  const uint8_t *bytes, size_t count, const fic_jpeg_request *request, uint8_t *rgb, fic_message *message) {
  decoder self;
  memset(&self, 0, sizeof self);
  self.cinfo.err = fic_jpeg_errors_init(&self.errors, message);
  self.max_scans = request->max_scans;
  if (setjmp(self.errors.jump)) {
    jpeg_destroy_decompress(&self.cinfo);
    return self.errors.status;
  }
  start(&self, bytes, count);

  j_decompress_ptr cinfo = &self.cinfo;
  if (cinfo->num_components > 4 || cinfo->num_components == 2) {
    fic_jpeg_fail(&self.errors, FIC_UNSUPPORTED, "a JPEG must have 1, 3 or 4 components");
  }
  cinfo->mem->max_memory_to_use = (long)request->max_memory;
  cinfo->out_color_space = cinfo->num_components == 4 ? JCS_CMYK : JCS_RGB;
  cinfo->scale_num = 1;
  cinfo->scale_denom = (unsigned)request->denominator;
  self.progress.progress_monitor = limit_scans;
  cinfo->progress = &self.progress;
  jpeg_start_decompress(cinfo);
  if (cinfo->output_width != request->width || cinfo->output_height != request->height ||
      cinfo->output_components != (cinfo->num_components == 4 ? 4 : 3)) {
    fic_jpeg_fail(&self.errors, FIC_DAMAGED, "the size changed between two readings of the header");
  }
  // Files of several scans have been read to their end by now; without an end marker, scans may be missing. A single
  // scan proves its completeness itself: every block is decoded, and a missing one is an error.
  if (jpeg_has_multiple_scans(cinfo) && self.errors.hit_end) {
    fic_jpeg_fail(&self.errors, FIC_TRUNCATED, "no end-of-image marker after the last scan");
  }
  read_rows(&self, rgb);
  jpeg_destroy_decompress(cinfo);
  return FIC_OK;
}
