#ifndef KIN_PARALLEL_H
#define KIN_PARALLEL_H

#include "kin/status.h"

#include <stddef.h>

/* The cores this process may run on (at least 1): what --threads 0 means. */
size_t kin_parallel_cores(void);

/* Calls work(user, worker, i) once for each i of 0 .. count-1, spread over `threads` workers (the caller is worker 0;
 * worker < threads) that take the next i as they get free. Returns when all are done. Where a thread cannot be
 * started the others do its share. */
void kin_parallel(size_t threads, size_t count, void (*work)(void *user, size_t worker, size_t i), void *user);

/* The first of errors[threads] of the workers, into err; KIN_OK where there is none. */
int kin_parallel_error(const kin_error *errors, size_t threads, kin_error *err);

#endif
