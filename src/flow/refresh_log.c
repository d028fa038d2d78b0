/*
 * refresh_log.c - what was refreshed, and what was refused: a line in
 * HOME/refresh.log for people, and a record in the register's audit log.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "flow/record.h"
#include "flow/refresh_impl.h"

enum { LINE_MAX_BYTES = 1 << 16 };

bool
refresh_has_register(const struct home *h)
{
	return access(h->db, F_OK) == 0;
}

/* One write, unless the disk has no room for all of it. */
static int
all_write(int fd, const struct buf *line)
{
	size_t done = 0;
	ssize_t n;

	while (done < line->n) {
		n = write(fd, line->p + done, line->n - done);
		if (n < 0 && errno != EINTR)
			return -1;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static int
line_append(const struct refresh_options *o, const struct buf *line,
    struct err *err)
{
	char *path;
	int fd, got, ret = -1;

	if (buf_check(line, err) < 0)
		return -1;
	if (asprintf(&path, "%s/refresh.log", o->home->dir) < 0)
		return err_nomem(err);
	do
		fd = open(path,
		    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
		    0600);
	while (fd < 0 && errno == EINTR);
	if (fd < 0) {
		err_sys(err, "%s: cannot open", path);
		goto out;
	}
	got = all_write(fd, line);
	if (got < 0)
		err_sys(err, "%s: cannot write", path);
	if (close(fd) < 0 && got == 0)
		err_sys(err, "%s: cannot write", path);
	else
		ret = got;
out:
	free(path);
	return ret;
}

static void
line_begin(struct buf *b, const struct refresh_options *o)
{
	char now[CLOCK_TEXT_MAX];

	clock_text(now, o->clock());
	buf_addf(b, "%s %s: ", now, o->author);
}

static int
records_put(const struct refresh_options *o, const struct register_audit *a,
    size_t n, struct err *err)
{
	const struct record r = { .db = o->home->db,
		.lock = o->home->lock,
		.keys = o->keys,
		.author = o->author,
		.now = o->clock };

	return refresh_has_register(o->home) ? record_audit(&r, a, n, err) : 0;
}

/* Both, whatever becomes of the first. */
static int
put_both(const struct refresh_options *o, const char *action,
    const struct buf *detail, const struct buf *line, struct err *err)
{
	const struct register_audit a = { .author = span_str(o->author),
		.action = span_str(action),
		.detail = buf_span(detail) };
	struct err second;
	int ret = buf_check(detail, err);

	if (ret == 0)
		ret = records_put(o, &a, 1, err);
	if (line_append(o, line, &second) < 0 && ret == 0) {
		*err = second;
		ret = -1;
	}
	return ret;
}

static void
list_tell(const struct refresh_line *l, struct buf *line, struct json *j)
{
	buf_addf(line, "; %s %s", l->name, refresh_what_name(l->what));
	json_object(j, NULL);
	json_str(j, "list", l->name);
	json_str(j, "what", refresh_what_name(l->what));
	if (l->what != REFRESH_DROPPED) {
		buf_addf(line, " %" PRIu64, l->entries);
		json_u64(j, "entries", l->entries);
	}
	if (l->unusable) {
		buf_addf(line, " (%" PRIu64 " unusable)", l->unusable);
		json_u64(j, "unusable", l->unusable);
	}
	if (l->too_old) {
		buf_addf(line, " (%" PRIu64 " older than keep)", l->too_old);
		json_u64(j, "too_old", l->too_old);
	}
	json_end(j);
}

int
refresh_log_done(const struct refresh_options *o,
    const struct refresh_report *r, struct err *err)
{
	struct buf line = BUF_INIT(LINE_MAX_BYTES);
	struct buf detail = BUF_INIT(LINE_MAX_BYTES);
	struct json j = { .out = &detail };
	char as_of[CLOCK_TEXT_MAX];
	size_t i;
	int ret;

	line_begin(&line, o);
	json_object(&j, NULL);
	json_u64(&j, "generation", r->changed ? r->generation : r->before);
	json_bool(&j, "changed", r->changed);
	json_array(&j, "lists");
	buf_addf(&line,
	    r->changed ? "generation %" PRIu64 :
			 "unchanged, generation %" PRIu64,
	    r->changed ? r->generation : r->before);
	clock_text(as_of, o->now);
	if (o->planned)
		buf_addf(&line, ", as of %s", as_of);
	for (i = 0; i < r->n; i++)
		list_tell(&r->line[i], &line, &j);
	json_end(&j);
	if (o->planned)
		json_i64(&j, "as_of", o->now);
	json_end(&j);
	buf_addc(&line, '\n');
	ret = put_both(o, "refresh", &detail, &line, err);
	buf_release(&line);
	buf_release(&detail);
	return ret;
}

/* One reason: a line of its own, and a record's detail. */
static void
reason_tell(const struct refresh_options *o, const struct refresh_report *r,
    const struct refresh_refusal *one, const char *why, struct buf *line,
    struct buf *detail)
{
	struct json j = { .out = detail };

	line_begin(line, o);
	buf_addf(line, "refused: %s; generation %" PRIu64 " stays\n", why,
	    r->before);
	json_object(&j, NULL);
	if (one) {
		json_str(&j, "list", one->list);
		json_str(&j, "guard", feed_guard_name(one->finding.guard));
	}
	json_str(&j, "why", why);
	json_u64(&j, "generation", r->before);
	json_end(&j);
}

/* A record for each guard that fired, all of them in one transaction. */
static int
guards_put(const struct refresh_options *o, const struct refresh_report *r,
    struct err *err)
{
	struct buf lines = BUF_INIT(SIZE_MAX);
	struct buf *detail = calloc(r->refusals, sizeof(*detail));
	struct register_audit *a = calloc(r->refusals, sizeof(*a));
	struct err why, second;
	size_t i;
	int ret = -1;

	if (!detail || !a) {
		err_nomem(err);
		goto out;
	}
	for (i = 0; i < r->refusals; i++) {
		refresh_refusal_err(&r->refusal[i], &why);
		detail[i] = BUF_INIT(LINE_MAX_BYTES);
		reason_tell(o, r, &r->refusal[i], why.text, &lines, &detail[i]);
		if (buf_check(&detail[i], err) < 0)
			goto out;
		a[i] = (struct register_audit){ .author = span_str(o->author),
			.action = SPAN("refresh.refused"),
			.detail = buf_span(&detail[i]) };
	}
	ret = records_put(o, a, r->refusals, err);
	if (line_append(o, &lines, &second) < 0 && ret == 0) {
		*err = second;
		ret = -1;
	}
out:
	for (i = 0; detail && i < r->refusals; i++)
		buf_release(&detail[i]);
	buf_release(&lines);
	free(detail);
	free(a);
	return ret;
}

int
refresh_log_refused(const struct refresh_options *o,
    const struct refresh_report *r, const struct err *why, struct err *err)
{
	struct buf line = BUF_INIT(LINE_MAX_BYTES);
	struct buf detail = BUF_INIT(LINE_MAX_BYTES);
	int ret;

	if (r->refusals)
		return guards_put(o, r, err);
	reason_tell(o, r, NULL, why->text, &line, &detail);
	ret = put_both(o, "refresh.refused", &detail, &line, err);
	buf_release(&line);
	buf_release(&detail);
	return ret;
}

int
refresh_log_rollback(const struct refresh_options *o, uint64_t from,
    uint64_t to, struct err *err)
{
	struct buf line = BUF_INIT(LINE_MAX_BYTES);
	struct buf detail = BUF_INIT(LINE_MAX_BYTES);
	struct json j = { .out = &detail };
	int ret;

	line_begin(&line, o);
	buf_addf(&line, "rollback from generation %" PRIu64 " to %" PRIu64 "\n",
	    from, to);
	json_object(&j, NULL);
	json_u64(&j, "from", from);
	json_u64(&j, "to", to);
	json_end(&j);
	ret = put_both(o, "index.rollback", &detail, &line, err);
	buf_release(&line);
	buf_release(&detail);
	return ret;
}
