#ifndef KIN_INDEX_FAISS_BUILD_H
#define KIN_INDEX_FAISS_BUILD_H

#ifdef __cplusplus
extern "C" {
#endif

/* "OPTIMIZE GENERIC", "OPTIMIZE AVX2": the words of FAISS's build. Static. */
const char *kin_index__faiss_build(void);

#ifdef __cplusplus
}
#endif
#endif
