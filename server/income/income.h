#ifndef TCRD_INCOME_INCOME_H
#define TCRD_INCOME_INCOME_H
#include "server/api/method.h"
#include "server/db/db.h"
/* income - receipts of money on registered contracts, and the statements that are computed from
 * them.
 *
 * An agency records what arrived, a registrar verifies it, and a wrong one is reversed by a further
 * act; all three are acts on the contract (server/act/act.h) and judged by SQL
 * (sql/functions/receipt.sql). Statements are made by sql/functions/income.sql.
 */
extern const struct method receipt_record_method;
extern const struct method receipt_verify_method;
extern const struct method receipt_reverse_method;
extern const struct method receipt_list_method;
extern const struct method receipt_get_method;
extern const struct method income_contract_method;
extern const struct method income_award_method;
extern const struct method income_vat_method;
extern const struct method income_tax_method;

extern const struct db_stmt sql_receipt_judge;
#endif
