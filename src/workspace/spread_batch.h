#ifndef KIN_SPREAD_BATCH_H
#define KIN_SPREAD_BATCH_H
/* A batch as part of a message, and what came of it as part of the reply. Vectors stay with the worker. */

#include "workspace/batch.h"
#include "workspace/spread_message.h"

void kin_spread__put_batch(kin_buffer *message, const kin_batch *batch);
int kin_spread__get_batch(kin_spread_reader *reader, kin_batch *batch, kin_error *err);

void kin_spread__put_results(kin_buffer *reply, const kin_batch *batch);
/* Into the batch that the message was made of. */
int kin_spread__get_results(kin_spread_reader *reader, kin_batch *batch, kin_error *err);

#endif
