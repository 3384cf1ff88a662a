#ifndef KIN_INDEX_PRIVATE_H
#define KIN_INDEX_PRIVATE_H
/* What the files of this module share. */

#include "index/index_base.h"
#include "index/index_file.h"
#include "index/index_map.h"

struct kin_index {
    char *folder;
    bool write;
    kin_index__identity identity;
    kin_index__file file;
    kin_index__map map;
    kin_index__base *base; /* NULL: there is none */
    kin_error base_note;   /* why the base.faiss that is there is not used */
};

/* Up to so many items every search is exact, and no base is built. */
enum { kin_index__exact_items = 100000 };

/* Those of the rows whose bit is set in `mask`: as the lists of `base` have them (NULL: as they lie), then those past it.
 * Into order[as many], whose number is returned. */
size_t kin_index__in_order(const kin_index *index, const uint64_t *mask, const kin_index__base *base, uint32_t *order);

#endif
