#ifndef TCRD_COMMON_MONEY_ZH_H
#define TCRD_COMMON_MONEY_ZH_H
#include <stdint.h>
/* money_zh - an amount in Chinese capitals, as papers state it beside the figures: 120000050 fen
 * are 壹佰贰拾万元伍角整.
 *
 * Source: 《支付结算办法》附件一《正确填写票据和结算凭证的基本规定》: 整 after 元 and after 角,
 * never after 分; zeros inside are written once; where it leaves the choice (a zero before 万 or 元
 * that is followed by other digits) no 零 is written.
 */
enum { MONEY_ZH_BYTES = 160 };

/* Any amount; 负 before one below zero. text has MONEY_ZH_BYTES. Returns text. */
char *money_zh(int64_t fen, char *text);
#endif
