#ifndef KIN_MPI_COURIER_H
#define KIN_MPI_COURIER_H
/* A courier (kin/spread.h) over MPI: rank 0 is the coordinator and, in a thread of its own, worker 0; every other rank is
 * the worker of its number. */

#include "kin/spread.h"

/* Initialises MPI and returns the rank of this process, or a negative code. _abort ends all processes at once. */
int kin_mpi_begin(int *argc, char ***argv, kin_error *err);
void kin_mpi_end(void);
void kin_mpi_abort(void);

typedef struct kin_mpi_courier kin_mpi_courier;

/* On rank 0. `own` is its worker, borrowed until _close, which ends the other ranks' kin_mpi_serve. */
int kin_mpi_courier_open(kin_spread_worker *own, kin_mpi_courier **out, kin_error *err);
void kin_mpi_courier_close(kin_mpi_courier *courier);

/* Borrowed. */
const kin_courier *kin_mpi_courier_of(const kin_mpi_courier *courier);

/* On the other ranks: answers until rank 0 closes. */
int kin_mpi_serve(kin_spread_worker *worker, kin_error *err);

#endif
