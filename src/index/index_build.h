#ifndef KIN_INDEX_BUILD_H
#define KIN_INDEX_BUILD_H

#include "index/index_private.h"

/* Takes base.faiss of the index's folder into use where it belongs to these rows; else index->base_note says why not
 * (nothing where there is none). */
void kin_index__use_base(kin_index *index);

#endif
