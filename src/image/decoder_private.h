#ifndef KIN_DECODER_PRIVATE_H
#define KIN_DECODER_PRIVATE_H
/* What the two sides of a decoder share. The side of the caller (decoder.c) and the worker (decoder_worker.c) have the
 * file and the pixels in memory of both, and talk in messages over a socket; beside the worker stands its nurse, who
 * starts it, and the next one when it has died, and tells the caller how. */

#include "kin/decoder.h"

#include <sys/types.h>

typedef enum kin_decoder__task { KIN_DECODER_PROBE, KIN_DECODER_DECODE } kin_decoder__task;

typedef struct kin_decoder__request {
    uint64_t number; /* the answer bears the same */
    kin_decoder__task task;
    bool whole;
    size_t size; /* of the file */
    kin_image_options options;
} kin_decoder__request;

typedef enum kin_decoder__kind {
    KIN_DECODER_READY, /* from the worker, when it has locked itself in */
    KIN_DECODER_DONE,  /* from the worker */
    KIN_DECODER_DIED   /* from the nurse */
} kin_decoder__kind;

typedef struct kin_decoder__reply {
    kin_decoder__kind kind;
    uint64_t number;
    pid_t worker; /* READY */
    int status;   /* DIED: as of waitpid */
    kin_error err;
    kin_image_info info; /* PROBE */
    kin_image image;     /* DECODE; its pixels lie at the beginning of theirs */
} kin_decoder__reply;

/* What a worker is born with. */
typedef struct kin_decoder__birth {
    int channel; /* to the caller */
    int control; /* a byte: end the worker; its end: end all */
    uint8_t *file, *pixels;
    size_t file_room, pixel_room;
    uint64_t memory;
    unsigned cpu_seconds;
    kin_decode_call decode;
} kin_decoder__birth;

/* The nurse's life; called in a process of its own. */
_Noreturn void kin_decoder__nurse(const kin_decoder__birth *birth);

/* Limits and locks of this process, the worker. From then on it may use the channel, memory and the clock, and end. */
void kin_decoder__lock_in(const kin_decoder__birth *birth);

/* Closes every file of this process but these and the standard error. */
void kin_decoder__keep_files(int first, int second);

#endif
