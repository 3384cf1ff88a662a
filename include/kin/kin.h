#ifndef KIN_KIN_H
#define KIN_KIN_H
/* All of kin. */

#include "kin/advice.h"
#include "kin/agreement.h"
#include "kin/ask.h"
#include "kin/browse.h"
#include "kin/calibrate.h"
#include "kin/descriptor.h"
#include "kin/duplicates.h"
#include "kin/embeddings.h"
#include "kin/exchange.h"
#include "kin/groups.h"
#include "kin/hunt.h"
#include "kin/image.h"
#include "kin/index.h"
#include "kin/job_files.h"
#include "kin/jobs.h"
#include "kin/kinship.h"
#include "kin/ledger.h"
#include "kin/patterns.h"
#include "kin/report.h"
#include "kin/review.h"
#include "kin/search.h"
#include "kin/slices.h"
#include "kin/spread.h"
#include "kin/stats.h"
#include "kin/status.h"
#include "kin/types.h"
#include "kin/vocabulary.h"
#include "kin/workspace.h"

#endif
