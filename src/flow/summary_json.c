#include "flow/summary.h"

#include "base/clock.h"
#include "base/json.h"
#include "text/number.h"

static void
json_time(struct json *j, const char *key, int64_t utc)
{
	char text[CLOCK_TEXT_MAX];

	clock_text(text, utc);
	json_str(j, key, text);
}

static void
reason_counts(struct json *j, const char *key,
    const uint64_t count[VERDICT_REASONS])
{
	int i;

	json_object(j, key);
	for (i = 0; i < VERDICT_REASONS; i++)
		if (count[i])
			json_u64(j, verdict_reason_name((enum verdict_reason)i),
			    count[i]);
	json_end(j);
}

static void
flag_counts(struct json *j, const char *key, const struct summary *s,
    uint32_t mask)
{
	int i;

	json_object(j, key);
	for (i = 0; i < SUMMARY_FLAGS; i++) {
		const char *name = number_flag_name(UINT32_C(1) << i);

		if (s->flag[i] && mask >> i & 1 && name)
			json_u64(j, name, s->flag[i]);
	}
	json_end(j);
}

static void
policy_write(struct json *j, const struct policy *p)
{
	size_t i;

	json_object(j, "policy");
	json_bool(j, "consent_required", p->consent_required);
	json_bool(j, "allow_only", p->allow_only);
	json_str(j, "channel", fact_channel_name(p->channel));
	json_array(j, "caps");
	for (i = 0; i < p->caps; i++)
		json_str(j, NULL, p->cap[i].text);
	json_end(j);
	json_end(j);
}

static void
files_write(struct json *j, const struct summary *s)
{
	size_t i;

	json_array(j, "files");
	for (i = 0; i < s->files; i++) {
		const struct summary_file *f = &s->file[i];

		json_object(j, NULL);
		json_str(j, "input", f->input);
		json_str(j, "columns", f->columns);
		json_u64(j, "rows", f->rows);
		json_u64(j, "kept", f->kept);
		json_u64(j, "rejected", f->rejected);
		json_u64(j, "blank_lines", f->blank);
		json_u64(j, "bytes", f->bytes);
		json_str(j, "clean", f->clean);
		json_str(j, "rejects", f->rejects);
		json_end(j);
	}
	json_end(j);
}

static void
lists_write(struct json *j, const struct lists *l)
{
	size_t i;

	json_array(j, "lists");
	for (i = 0; i < l->n; i++) {
		const struct list_result *r = &l->list[i];

		json_object(j, NULL);
		json_str(j, "name", r->name);
		json_str(j, "kind", list_kind_name(r->kind));
		json_str(j, "file", r->path);
		if (r->in_register) {
			json_bool(j, "looked_up", r->looked_up);
			json_bool(j, "in_index", r->in_index);
		}
		if (r->in_register && r->in_index)
			json_u64(j, "recent_subjects", r->recent);
		if (r->changed_at >= 0)
			json_time(j, "changed_at", r->changed_at);
		else
			json_null(j, "changed_at");
		json_u64(j, "lines", r->lines);
		json_u64(j, "blank_lines", r->blank);
		json_u64(j, "unusable", r->unusable);
		json_u64(j, "unusable_but_blocking", r->blocking);
		json_u64(j, "unreadable_dates", r->bad_dates);
		json_u64(j, "wildcards", r->wildcards);
		json_u64(j, "ended", r->ended);
		json_u64(j, "calls_later", r->later);
		json_u64(j, "facts", r->facts);
		json_u64(j, "rows_held_back", r->rows);
		json_end(j);
	}
	json_end(j);
}

void
summary_json(struct buf *out, const struct summary *s, const char *version)
{
	struct json j = { .out = out };
	double seconds = s->seconds > 0 ? s->seconds : 1e-9;

	json_object(&j, NULL);
	json_str(&j, "schema", "scrub.run/1");
	json_str(&j, "version", version);
	json_time(&j, "as_of", s->as_of);
	json_str(&j, "tz", s->zone);
	json_bool(&j, "dry_run", s->dry_run);
	if (s->run) {
		json_u64(&j, "run", s->run);
		json_u64(&j, "reserved", s->reserved);
	}
	json_u64(&j, "rows", s->rows);
	json_u64(&j, "kept", s->kept);
	json_u64(&j, "rejected", s->rejected);
	json_u64(&j, "blank_lines", s->blank);
	reason_counts(&j, "reasons", s->headline);
	reason_counts(&j, "fired", s->fired);
	reason_counts(&j, "blanked", s->blanked);
	json_u64(&j, "numbers", s->numbers);
	json_u64(&j, "unreadable", s->unreadable);
	flag_counts(&j, "repaired", s, NUMBER_REPAIRS);
	flag_counts(&j, "noted", s, ~(uint32_t)NUMBER_REPAIRS);
	json_u64(&j, "unreadable_consent_dates", s->bad_consent_dates);
	json_u64(&j, "priority", s->priority);
	policy_write(&j, s->policy);
	files_write(&j, s);
	lists_write(&j, s->lists);
	json_real(&j, "seconds", s->seconds);
	json_real(&j, "load_seconds", s->load_seconds);
	json_u64(&j, "rows_per_second", (uint64_t)((double)s->rows / seconds));
	json_end(&j);
	buf_addc(out, '\n');
}
