#ifndef TCRD_COMMON_LOG_H
#define TCRD_COMMON_LOG_H
/* log - one line per event on standard error, logfmt: ts lvl pid room ev, then key=value fields.
 *
 * fields is a printf format that yields `key=value` pairs; text from a peer goes through log_safe()
 * first. ERROR means that someone must act. No bodies, tokens, contract text or personal data are
 * ever logged.
 */
enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

void log_set_level(enum log_level level);
/* For a process with an event loop: lines of info and debug wait for log_flush(), so that a turn
 * writes once; begun() is called when the first one waits. Errors and warnings go out at once,
 * behind what waits. NULL: every line goes out at once, as at the start. */
void log_hold(void (*begun)(void *arg), void *arg);
void log_flush(void);
void log_line(enum log_level level, const char *room, const char *event, const char *fields, ...)
    __attribute__((format(printf, 4, 5)));
/* text quoted for logfmt in a static buffer (valid until the call after the next three); long text
 * is cut. */
const char *log_safe(const char *text);

#define log_error(room, event, ...) log_line(LOG_LEVEL_ERROR, room, event, __VA_ARGS__)
#define log_warn(room, event, ...) log_line(LOG_LEVEL_WARN, room, event, __VA_ARGS__)
#define log_info(room, event, ...) log_line(LOG_LEVEL_INFO, room, event, __VA_ARGS__)
#define log_debug(room, event, ...) log_line(LOG_LEVEL_DEBUG, room, event, __VA_ARGS__)
#endif
