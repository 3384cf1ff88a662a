#ifndef KIN_DECODER_H
#define KIN_DECODER_H
/* Decoding of files that nobody vouches for, in worker processes that may crash, hang or grow: the file then fails with
 * the reason, and the worker is replaced. A worker may use memory up to a limit, and no file, no network and no other
 * program (resource limits; a seccomp filter where the system has it). Pixels come through shared memory.
 *
 * Processes are forked by kin_decoders_start and never by another function here: call it before the program starts
 * threads that hold locks of their own. All else is thread-safe. */

#include "kin/image.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kin_decoders kin_decoders; /* some decoders, each with a worker */
typedef struct kin_decoder kin_decoder;   /* one of them, taken by a thread */

typedef int (*kin_decode_call)(const void *bytes, size_t size, const kin_image_options *options, kin_image *out,
                               kin_error *err);

typedef struct kin_decoders_options {
    size_t count;        /* decoders; 0: one a core */
    uint64_t max_pixels; /* of a picture; 0: 256 Mpixel */
    uint64_t max_bytes;  /* of a file; 0: 256 MiB */
    double seconds;      /* of processor time for a picture; 0: 5. Of other time, twelve times that */
    /* Bytes that a worker may want beside file and pixels; 0: 20 for each of max_pixels, but at most half of the
     * machine's, and at least 512 MiB. */
    uint64_t memory;
    bool in_process; /* no workers, no protection; so is the environment's KIN_DECODE=inprocess */
    kin_decode_call decode; /* NULL: kin_image_decode */
} kin_decoders_options;

/* `options` NULL: the defaults. Where the system lets no processes or shared memory be made the decoders work in this
 * process, and kin_decoders_note says so. */
int kin_decoders_start(const kin_decoders_options *options, kin_decoders **out, kin_error *err);

/* All have been given back. NULL is fine. */
void kin_decoders_stop(kin_decoders *decoders);

/* Why there are no workers, as one line; NULL where there are, or none were wanted. Borrowed. */
const char *kin_decoders_note(const kin_decoders *decoders);

/* Whether other processes decode. */
bool kin_decoders_have_workers(const kin_decoders *decoders);

/* How many workers died and were replaced. */
uint64_t kin_decoders_replaced(const kin_decoders *decoders);

/* Takes a decoder; waits until one is free. */
kin_decoder *kin_decoders_take(kin_decoders *decoders);
void kin_decoders_give_back(kin_decoder *decoder);

/* The file that the next calls are about. The bytes have to stay until the decoder is given back or the next one is
 * loaded. */
int kin_decoder_load(kin_decoder *decoder, const void *bytes, size_t size, kin_error *err);

/* As kin_image_probe and kin_image_decode. *out is borrowed until the decoder is used again or given back. A worker that
 * crashed, also when asked a second time, is KIN_E_FORMAT; one that took too long or too much memory is KIN_E_LIMIT. */
int kin_decoder_probe(kin_decoder *decoder, bool whole, kin_image_info *out, kin_error *err);
int kin_decoder_decode(kin_decoder *decoder, const kin_image_options *options, const kin_image **out, kin_error *err);

/* The three in one: as kin_image_decode. `decoders` NULL: in this process. */
int kin_decoders_decode(kin_decoders *decoders, const void *bytes, size_t size, const kin_image_options *options,
                        kin_image *out, kin_error *err);

#ifdef __cplusplus
}
#endif
#endif
