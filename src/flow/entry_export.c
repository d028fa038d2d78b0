#include "flow/entry_export.h"

#include <string.h>

#include "base/interrupt.h"
#include "flow/mask.h"
#include "text/csv_writer.h"

/* A column, and what it says of an entry. */
struct column {
	const char *name;
	void (*put)(struct buf *out, const struct register_entry *e);
};

static void
put_text(struct buf *out, struct span s)
{
	csv_add_cell(out, s, ',');
}

static void
put_time(struct buf *out, int64_t t)
{
	char text[CLOCK_TEXT_MAX];

	if (t == 0 || t == CLOCK_NEVER)
		return;
	clock_text(text, t);
	buf_adds(out, text);
}

static void
put_digest(struct buf *out, const unsigned char *p)
{
	size_t i;

	for (i = 0; p && i < REGISTER_SHA256; i++)
		buf_addf(out, "%02x", p[i]);
}

static void
put_number(struct buf *out, const struct register_entry *e)
{
	char text[MASK_MAX];

	if (e->subject.person.n)
		return;
	mask_nothing(text, e->subject.key);
	buf_adds(out, text);
}

static void
put_status(struct buf *out, const struct register_entry *e)
{
	buf_adds(out, e->kind == FACT_WITHDRAWN ? "withdrawn" : "active");
}

static void
put_channel(struct buf *out, const struct register_entry *e)
{
	if (e->channel != CHANNEL_ANY)
		buf_adds(out, fact_channel_name(e->channel));
}

#define PUT(fn, statement) \
	static void fn(struct buf *out, const struct register_entry *e) \
	{ \
		statement; \
	}

PUT(put_person, put_text(out, e->subject.person))
PUT(put_reason, buf_adds(out, fact_reason_name(e->reason)))
PUT(put_topic, put_text(out, e->topic))
PUT(put_campaign, put_text(out, e->campaign))
PUT(put_permanent, buf_adds(out, e->permanent ? "yes" : ""))
PUT(put_granted, put_time(out, e->kind == FACT_CONSENT ? e->at : 0))
PUT(put_withdrawn, put_time(out, e->kind == FACT_WITHDRAWN ? e->at : 0))
PUT(put_requested, put_time(out, e->requested_at))
PUT(put_effective, put_time(out, e->effective_at))
PUT(put_expires, put_time(out, e->expires_at))
PUT(put_review, put_time(out, e->review_at))
PUT(put_source, buf_adds(out, register_source_name(e->origin.source)))
PUT(put_author, put_text(out, e->origin.author))
PUT(put_approved, put_text(out, e->origin.approved_by))
PUT(put_evidence, put_text(out, e->evidence))
PUT(put_evidence_sha256, put_digest(out, e->evidence_sha256))
PUT(put_note, put_text(out, e->note))

#define ORIGIN \
	{ "requested_at", put_requested }, { "effective_at", put_effective }, \
	    { "review_at", put_review }, { "source", put_source }, \
	    { "author", put_author }, { "approved_by", put_approved }, \
	    { "evidence", put_evidence }, \
	    { "evidence_sha256", put_evidence_sha256 }, \
	{ \
		"note", put_note \
	}

static const struct column dnc[] = {
	{ "number", put_number },
	{ "person", put_person },
	{ "reason", put_reason },
	{ "topic", put_topic },
	{ "campaign", put_campaign },
	{ "channel", put_channel },
	{ "permanent", put_permanent },
	{ "expires_at", put_expires },
	ORIGIN,
	{ NULL, NULL },
};

static const struct column consent[] = {
	{ "number", put_number },
	{ "person", put_person },
	{ "status", put_status },
	{ "granted_at", put_granted },
	{ "withdrawn_at", put_withdrawn },
	{ "expires_at", put_expires },
	{ "purpose", put_topic },
	{ "campaign_only", put_campaign },
	{ "channel", put_channel },
	{ "reason", put_reason },
	ORIGIN,
	{ NULL, NULL },
};

static const struct column allow[] = {
	{ "number", put_number },
	{ "person", put_person },
	{ "expires_at", put_expires },
	{ "topic", put_topic },
	{ "campaign_only", put_campaign },
	{ "channel", put_channel },
	{ "reason", put_reason },
	ORIGIN,
	{ NULL, NULL },
};

struct exporter {
	const struct column *column;
	struct outfile *out;
	struct buf line;
	uint64_t n;
};

static int
line_write(struct exporter *x, struct err *err)
{
	int ret;

	buf_addc(&x->line, '\n');
	ret = buf_check(&x->line, err);
	if (ret == 0)
		ret = outfile_write(x->out, x->line.p, x->line.n, err);
	buf_reset(&x->line);
	return ret;
}

static int
entry_write(void *arg, const struct register_fact *f, struct err *err)
{
	struct exporter *x = arg;
	size_t i;

	if (interrupt_check(err) < 0)
		return -1;
	for (i = 0; x->column[i].name; i++) {
		if (i)
			buf_addc(&x->line, ',');
		x->column[i].put(&x->line, &f->entry);
	}
	x->n++;
	return line_write(x, err);
}

int
entry_export(struct register_db *db, enum list_kind kind, struct outfile *out,
    uint64_t *n, struct err *err)
{
	struct exporter x = {
		.column = kind == LIST_DNC ? dnc :
		    kind == LIST_CONSENT   ? consent :
					     allow,
		.out = out,
		.line = BUF_INIT(1 << 20),
	};
	const unsigned kinds[2] = { kind == LIST_DNC ? FACT_DNC :
		    kind == LIST_CONSENT             ? FACT_CONSENT :
						       FACT_ALLOW,
		FACT_WITHDRAWN };
	struct register_filter filter = { 0 };
	size_t i;
	int ret;

	for (i = 0; x.column[i].name; i++)
		buf_addf(&x.line, "%s%s", i ? "," : "", x.column[i].name);
	ret = line_write(&x, err);
	for (i = 0; ret == 0 && i < (kind == LIST_CONSENT ? 2u : 1u); i++) {
		filter.kind = kinds[i];
		ret = register_list(db, &filter, entry_write, &x, err);
	}
	buf_release(&x.line);
	*n = x.n;
	return ret;
}
