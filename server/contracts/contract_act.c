#include "server/contracts/contract_int.h"

enum call_next
contract_act_done(struct call *call, struct act *act, const struct fault_list *hints)
{
    const struct db_call *db = &act->db;
    struct contract_state state;
    struct buf members = {0};

    if (act_acted(call, act) == CALL_FAIL)
        return CALL_FAIL;
    contract_state_read(&state, db, ACTED_STATE);
    contract_members(call, &members, db_text(db, 0, ACTED_STATE + STATE_BODY), true);
    contract_answer(call, &state, members.data, members.len, hints, NULL);
    buf_clear(&members);
    return CALL_DONE;
}
