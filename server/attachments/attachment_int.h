#ifndef TCRD_ATTACHMENTS_ATTACHMENT_INT_H
#define TCRD_ATTACHMENTS_ATTACHMENT_INT_H
#include "server/api/api.h"
#include "server/api/call.h"
#include "server/attachments/attachments.h"
#include "server/db/db.h"
/* What the files of this room share. */

/* The largest file that fits into a line of JSON-RPC in base64, with room for what stands beside
 * it.
 */
enum { ATTACHMENT_LINE_BYTES = 700 * 1024 };

/* Who may read: whoever may see a contract. */
enum {
    ATTACHMENT_READERS =
        ROLE_AGENCY | ROLE_REGISTRAR | ROLE_REVIEWER | ROLE_COUNTY | ROLE_BUREAU | ROLE_AUDITOR,
    ATTACHMENT_WRITERS = ROLE_AGENCY | ROLE_REGISTRAR
};

enum begin_param {
    BEGIN_ACCOUNT,
    BEGIN_METHOD,
    BEGIN_CONTRACT,
    BEGIN_IF_MATCH,
    BEGIN_NAME,
    BEGIN_KIND,
    BEGIN_MEDIA_TYPE,
    BEGIN_BYTES,
    BEGIN_CONTRACT_BYTES_MAX,
    BEGIN_CONTRACT_COUNT_MAX,
    BEGIN_UPLOADS_MAX,
    BEGIN_HAS_FAULTS,
    BEGIN_PARAMS
};
enum begun_column { BEGUN_ITEM, BEGUN_UPLOAD, BEGUN_REFUSAL };

enum finish_param {
    FINISH_ACCOUNT,
    FINISH_METHOD,
    FINISH_REQUEST_ID,
    FINISH_PEER,
    FINISH_UPLOAD,
    FINISH_BYTES,
    FINISH_SHA256,
    FINISH_IF_MATCH,
    FINISH_CONTRACT_BYTES_MAX,
    FINISH_CONTRACT_COUNT_MAX,
    FINISH_PARAMS
};
enum finished_column { FINISHED_ITEM, FINISHED_OUTCOME, FINISHED_ANSWER, FINISHED_REFUSAL };

/* The contract in the path; false: the call has failed (404). Sets audit_object. */
bool attachment_contract(struct call *call, int64_t *contract_id);
#endif
