#ifndef TCRD_REFERENCE_REFERENCE_INT_H
#define TCRD_REFERENCE_REFERENCE_INT_H
/* reference_int - words and bounds that the files of this room share. */
enum {
    SOURCE_MAX = 200,
    /* contracts a call: under half of what a body holds */
    EXTERNAL_MAX = 1000
};

#define REFERENCE_MEASURES "count|total_amount|technology_amount"
#define REFERENCE_BASES "registered|output|absorbed|local"

#define SOURCE_HELP "document or publication with its number"
#define AS_OF_HELP "as it stood at this number of the sequence"
#define HISTORY_HELP "true: every version, not the last ones alone"
#endif
